// The words of the explorer's script. Python sends all of `State`; convlib/_views.py holds the catalogue.

export type Matrix = number[][];
/** Row and column, counted from 0. */
export type Pair = [number, number];
export type Index = "o" | "i" | "k";
export type Cell = [name: string, row: number, column: number];
export type Setting = "size" | "kernel" | "stride" | "padding" | "dilation" | "output_padding" | "channels" | "filters" | "groups";

/** What an array is: its colour, what counts its entries, and the two arrays whose products it adds up. */
export interface ArrayEntry {
  role: string;
  index: Index;
  factors: [string, string] | [];
}
/** What a view shows: its arrays, those to choose a cell from, the one whose numbers are laid over lit cells, its settings,
 * and the arrays that are something else in it. */
export interface ViewEntry {
  title: string;
  arrays: string[];
  choose: string[];
  over: string;
  controls?: Setting[];
  own?: Record<string, ArrayEntry>;
}
export interface State extends Record<Setting, number> {
  view: string;
  cell: Cell | [];
  views: string[];
  tables: Record<string, Matrix>;
  fixed: string[];
  limits: Record<Setting, Pair>;
  catalogue: { arrays: Record<string, ArrayEntry>; views: Record<string, ViewEntry> };
}

/** What anywidget and the static page hand over. */
export interface Model {
  get(name: string): any;
  set(name: string, value: any): void;
  save_changes(): void;
  on(event: string, call: () => void): void;
  off(event: string, call: () => void): void;
  /** Copy a link, and say so: on a page only. */
  share?(): Promise<string>;
}

/** The sizes along one axis. */
export interface Axis {
  size: number;
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
  extent: number;
  padded: number;
  fits: boolean;
  out: number;
  rest: number;
}
/** Output o reads, with weight k, the input i; inside: i is a pixel, not a zero of the padding. */
export interface Product {
  o: Pair;
  i: Pair;
  k: Pair;
  inside: boolean;
}
/** All that follows from the tables and the settings. */
export interface Layer {
  rows: Axis;
  cols: Axis;
  fits: boolean;
  products: Product[];
  values: Record<string, Matrix>;
  /** The inputs that some window reads, as "row,column". */
  read: Set<string>;
  arrays: Record<string, ArrayEntry>;
  /** Of channels: how many groups there are, and could be. */
  groups?: number;
  divisors?: number[];
}
/** A layer of which only some products count: those that a window sends something back through. */
export interface Pooled extends Layer {
  /** All products, of every window. */
  windows: Product[];
}

/** A line to read: each term stays whole where the line breaks. */
export interface Line {
  start: string;
  terms: string[];
  end: string;
  joint: string;
}
export interface Explanation {
  lines: Line[];
  /** For a screen reader. */
  words: string;
}

/** A cell of a grid: where it stands, in cells from the corner of its field, and what it shows. */
export interface ShownCell {
  at: Pair;
  x: number;
  y: number;
  text: string;
  kind: string;
  label: string;
}
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
/** A product drawn from dy to dx. */
export interface Arrow {
  from: Pair;
  to: Pair;
  weight: number;
}
/** The cells that one grid can ever have, and where they begin. */
export interface GridPlan {
  name: string;
  shape: Pair;
  first: Pair;
  /** Where its name stands, in columns and rows from its first cell; without, it is in the title. */
  label?: Pair;
}
/** A place for grids, as large as they can become, so that what lies below never moves. */
export interface FieldPlan {
  rows: number;
  cols: number;
  grids: GridPlan[];
}
export interface Layout {
  /** Side by side. */
  stage: FieldPlan[];
  /** Below, beside the formula. Without one, the formula stands on the stage. */
  lower: FieldPlan | null;
}

/** Everything that is particular to one way to look at a convolution. */
export interface View {
  axes(state: State): [Axis, Axis];
  /** What follows from the settings where it is not pixels that meet. */
  layer?(state: State): Layer;
  /** What is not a sum of products with w. */
  finish?(now: Layer): Layer;
  /** The most rows and columns that an array can have. */
  capacity?(state: State, name: string): Pair;
  layout(state: State): Layout;
  /** What stands in a title behind the array's name. */
  size(now: Layer, name: string): string;
  cells(state: State, now: Layer, name: string): ShownCell[];
  /** The cells of a grid that a chosen cell lights up, each with the number that is laid over it, or "". */
  lit(state: State, now: Layer, cell: Cell, name: string): Map<string, string>;
  /** The window of a chosen output, on the first grid. */
  frame(state: State, now: Layer, cell: Cell): Box | null;
  arrows(now: Layer, cell: Cell): Arrow[];
  /** Lines that stand above the explanation, whether a cell is chosen or not. */
  preamble(now: Layer): Line[];
  explain(now: Layer, cell: Cell): Explanation;
  /** The lines of NumPy and of PyTorch that compute what is shown, for arrays of shape (1, 1, rows, columns). */
  code(now: Layer, cell: Cell | null): [string, string];
  /** Where an arrow key leads, in rows and columns. */
  move(direction: Pair): Pair;
}
