// explorer_mount.js runs behind explorer.js, in one scope with it: see explorer_static.py.
declare function render(place: { model: import("../../convlib/explorer.js").Model; el: HTMLElement }): void;
