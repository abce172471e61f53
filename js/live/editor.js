// The editor of a cell: CodeMirror, in the colours that Pygments gives to code on the page.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField, Transaction } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

// Quotes are not among them: one of them would leave a docstring, and the two that are typed after it would stay.
const CLOSED = EditorState.languageData.of(() => [{ closeBrackets: { brackets: ["(", "[", "{"] } }]);

const PYGMENTS = tagHighlighter([
  { tag: [tags.keyword, tags.controlKeyword, tags.modifier], class: "k" },
  { tag: tags.moduleKeyword, class: "kn" },
  { tag: tags.definitionKeyword, class: "k" },
  { tag: [tags.operatorKeyword], class: "ow" },
  { tag: [tags.bool, tags.null, tags.self], class: "kc" },
  { tag: [tags.string, tags.special(tags.string)], class: "s2" },
  { tag: tags.number, class: "mi" },
  { tag: tags.comment, class: "c1" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: [tags.operator, tags.updateOperator, tags.compareOperator, tags.arithmeticOperator], class: "o" },
  { tag: tags.meta, class: "nd" },
]);

/** @type {import("@codemirror/state").StateEffectType<number[]>} */
const marking = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(found, change) {
    const wanted = change.effects.find((effect) => effect.is(marking));
    if (!wanted) return change.docChanged ? Decoration.none : found;
    const lines = wanted.value.filter((line) => line >= 1 && line <= change.state.doc.lines);
    const line = Decoration.line({ class: "live-marked" });
    return Decoration.set(lines.map((number) => line.range(change.state.doc.line(number).from)), true);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Open an editor in an element.
 * @param {{ parent: Element, source: string, label: string, changed: (source: string, byHand: boolean) => void, run: (advance: boolean) => void }} given */
export function openEditor({ parent, source, label, changed, run }) {
  const keys = Prec.highest(keymap.of([
    { key: "Shift-Enter", run: () => (run(true), true) },
    { key: "Ctrl-Enter", mac: "Cmd-Enter", run: () => (run(false), true) },
    { mac: "Ctrl-Enter", run: () => (run(false), true) },
  ]));
  // CodeMirror's own rule: after Escape, Tab leaves the editor.
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source,
      extensions: [
        keys, history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), CLOSED, marks,
        indentUnit.of("    "), EditorState.tabSize.of(4), python(), syntaxHighlighting(PYGMENTS),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "live-keys", autocapitalize: "off", autocorrect: "off", spellcheck: "false", translate: "no" }),
        EditorView.updateListener.of((update) => {
          const byHand = !update.transactions.some((change) => change.annotation(Transaction.remote));
          if (update.docChanged) changed(update.state.doc.toString(), byHand);
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    /** @param {number} x @param {number} y */
    focusAt(x, y) {
      const place = view.posAtCoords({ x, y }, false);
      view.focus();
      view.dispatch({ selection: { anchor: place } });
    },
    /** @param {number[]} lines */
    mark: (lines) => view.dispatch({ effects: marking.of(lines) }),
    /** @param {string} text */
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: Transaction.remote.of(true) }),
    close: () => view.destroy(),
  };
}
