// What the page and its Python tell each other; outputs are those of the notebook format.

export interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  name?: "stdout" | "stderr";
  text?: string;
  data?: Record<string, string>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  marks?: { cell: string; line: number }[];
}
export type Told =
  | { type: "loading"; what: string; bytes: number; total: number }
  | { type: "ready"; version: string }
  | { type: "began" }
  | { type: "output"; cell: string; output: Output }
  | { type: "kept"; text: string }
  | { type: "done"; cell: string; ended: boolean }
  | { type: "broken"; cell: string | null; reason: string };

/** A cell as the build wrote it: `lacks` names the modules that it imports and that no page can have, `judges` the
 * functions of the reader that it judges. */
export interface Written {
  id: string;
  source: string;
  lacks?: string[];
  judges?: string[];
}
