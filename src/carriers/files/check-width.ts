import { cellText, type CellRow } from "./row-consumer.ts";

/** Why a row does not fit its header; undefined where it does. Blank cells past the header are let pass. */
export function widthFault(row: CellRow, width: number): string | undefined {
  if (row.count === width) return undefined;
  if (row.count < width)
    return `the row has ${row.count} cells where the header has ${width}. Give every cell, blank ones too.`;
  for (let cell = width; cell < row.count; cell++) {
    if (cellText(row, cell).trim() === "") continue;
    return `the row has ${row.count} cells where the header has ${width}. Quote a cell that holds the separator; write decimals with a point.`;
  }
  return undefined;
}
