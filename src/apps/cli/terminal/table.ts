import Table from "cli-table3";
import type { Colour } from "./colour.ts";
import { printable } from "./printable.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** A plain table: columns apart by two blanks, titles dimmed, no lines. Cells are made safe to show. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colour: Colour,
): string {
  const drawn = new Table({
    chars: NO_LINES,
    colAligns: columns.map((column) => column.align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  drawn.push(columns.map((column) => colour("dim", column.title)));
  drawn.push(...rows.map((row) => row.map(printable)));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
