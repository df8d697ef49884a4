import type { Cell } from "./cell.ts";
import { blankCell, countCell, dataCell, moneyCell, ratioCell, textCell } from "./cell.ts";
import type { Column, SheetShape } from "./sheet-out.ts";
import type { StyleIndex } from "./styles.ts";
import { Style } from "./styles.ts";

/** A column of a table: its header, its cell for an item, and what stands under it in the row of totals. */
export interface Field<Item> {
  readonly column: Column;
  readonly cell: (item: Item) => Cell;
  readonly total: (items: readonly Item[]) => Cell;
}

interface SummedField {
  readonly cell: (value: number, style?: StyleIndex) => Cell;
  readonly totalStyle: StyleIndex;
  readonly width: number;
}

function summed<Item>(
  header: string,
  of: (item: Item) => number,
  { cell, totalStyle, width }: SummedField,
): Field<Item> {
  return {
    column: { header, width, right: true },
    cell: (item) => cell(of(item)),
    total: (items) =>
      cell(
        items.reduce((sum, item) => sum + of(item), 0),
        totalStyle,
      ),
  };
}

/** A text; `total` stands under it. */
export function textField<Item>(
  header: string,
  width: number,
  of: (item: Item) => string,
  total = "",
  style?: StyleIndex,
): Field<Item> {
  return {
    column: { header, width },
    cell: (item) => textCell(of(item), style),
    total: () => textCell(total, Style.totalText),
  };
}

export function countField<Item>(header: string, width: number, of: (item: Item) => number): Field<Item> {
  return summed(header, of, { cell: countCell, totalStyle: Style.totalCount, width });
}

/** Micros. */
export function moneyField<Item>(header: string, of: (item: Item) => number, width = 18): Field<Item> {
  return summed(header, of, { cell: moneyCell, totalStyle: Style.totalMoney, width });
}

/** Bytes. */
export function dataField<Item>(header: string, of: (item: Item) => number, width = 20): Field<Item> {
  return summed(header, of, { cell: dataCell, totalStyle: Style.totalData, width });
}

/** What has no sum. */
export function loneField<Item>(header: string, width: number, cell: (item: Item) => Cell): Field<Item> {
  return { column: { header, width, right: true }, cell, total: () => blankCell(Style.totalCount) };
}

export function ratioField<Item>(
  header: string,
  width: number,
  of: (item: Item) => number | undefined,
  style: StyleIndex,
): Field<Item> {
  return loneField(header, width, (item) => ratioCell(of(item), style));
}

/** A table of items: a filtered column a field, a row an item, and the totals where they are asked for. */
export function tableOf<Item>(
  items: readonly Item[],
  fields: readonly Field<Item>[],
  hasTotals = true,
): { shape: SheetShape; rows: Cell[][]; total?: Cell[] } {
  return {
    shape: { table: true, columns: fields.map(({ column }) => column) },
    rows: items.map((item) => fields.map(({ cell }) => cell(item))),
    ...(hasTotals && { total: fields.map(({ total }) => total(items)) }),
  };
}
