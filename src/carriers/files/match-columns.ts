import type { FaultList } from "./collect-faults.ts";
import { showCell } from "./show-cell.ts";
import { suggestNearest } from "./suggest-nearest.ts";

export interface ColumnNames {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export interface MatchedColumns {
  /** Cells a row has, without the header's unnamed last ones. */
  readonly width: number;
  /** Where each known column stands. */
  readonly at: ReadonlyMap<string, number>;
  /** Where the other columns stand, and their headers. */
  readonly carried: readonly { readonly at: number; readonly header: string }[];
}

const SHOWN_HEADERS = 12;

/** Finds the known columns by name, whatever their case and order; reports missing and repeated ones. */
export function matchColumns(
  header: readonly string[],
  line: number,
  names: ColumnNames,
  faults: FaultList,
): MatchedColumns {
  const width = header.findLastIndex((cell) => cell.trim() !== "") + 1;
  const known = new Set([...names.required, ...names.optional]);
  const at = new Map<string, number>();
  const carried: { at: number; header: string }[] = [];
  for (let cell = 0; cell < width; cell++) {
    const text = header[cell] ?? "";
    const name = text.trim().toLowerCase();
    if (!known.has(name)) carried.push({ at: cell, header: text.trim() });
    else if (!at.has(name)) at.set(name, cell);
    else
      faults.add({
        line,
        column: name,
        message: `this column stands twice, as column ${(at.get(name) ?? 0) + 1} and as column ${cell + 1}. Remove or rename one.`,
      });
  }
  const missing = names.required.filter((name) => !at.has(name));
  if (missing.length > 0)
    faults.add({ line, message: missingMessage(missing, header.slice(0, width), names, carried) });
  return { width, at, carried };
}

function missingMessage(
  missing: readonly string[],
  header: readonly string[],
  names: ColumnNames,
  carried: readonly { readonly header: string }[],
): string {
  const shown = header
    .slice(0, SHOWN_HEADERS)
    .map((cell) => showCell(cell.trim()))
    .join(", ");
  const more = header.length > SHOWN_HEADERS ? ` and ${header.length - SHOWN_HEADERS} more` : "";
  const near = missing.flatMap((name) => {
    const hint = suggestNearest(
      name.replaceAll("_", " "),
      carried.map((column) => column.header.replaceAll("_", " ")),
    );
    const found = carried.find((column) => hint.includes(`"${column.header.replaceAll("_", " ")}"`));
    return found === undefined ? [] : [` Rename ${showCell(found.header)} to ${name}.`];
  });
  const optional = names.optional.length > 0 ? `, and optionally ${names.optional.join(", ")}` : "";
  return `the header lacks ${missing.join(", ")}. Found ${shown}${more}; expected ${names.required.join(", ")}${optional}.${near.join("")}${noTable(header[0] ?? "")}`;
}

/** What the file is, where its first cell shows that it is no table. */
function noTable(first: string): string {
  if (/^\s*<(!doctype\s+html|html)/i.test(first))
    return " This is a web page: was a sign-in page saved in place of the file?";
  return /^\s*[[{]/.test(first) ? " This is JSON, not a table: save it as CSV." : "";
}
