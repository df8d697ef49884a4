import type { Html } from "./html.ts";
import { markup } from "./html.ts";

export interface TableColumn {
  readonly title: string;
  readonly right?: boolean;
  /** Left away on a phone. */
  readonly wide?: boolean;
  /** Never broken over lines. */
  readonly id?: boolean;
}

export interface TableSpec {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** The first cell of a row is its header. */
  readonly rows: readonly (readonly (Html | string)[])[];
  readonly foot?: readonly (Html | string)[];
  /** The row that is set in bold. */
  readonly used?: number;
  /** On a phone the last cell of a row goes below the others, over the whole width. */
  readonly stacked?: boolean;
}

export function table({ caption, columns, rows, foot, used, stacked }: TableSpec): Html {
  const head = columns.map((column) => markup`<th scope="col"${classes(column)}>${column.title}</th>`);
  const body = rows.map(
    (row, k) => markup`<tr${k === used ? USED : undefined}>${cells(columns, row)}</tr>\n`,
  );
  const last = foot === undefined ? undefined : markup`<tfoot><tr>${cells(columns, foot)}</tr></tfoot>`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table${stacked === true ? STACKED : undefined}><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>${last}</table></div>
`;
}

const STACKED = markup` class="stacked"`;
const USED = markup` class="used"`;

function cells(columns: readonly TableColumn[], row: readonly (Html | string)[]): Html[] {
  return columns.map((column, k) =>
    k === 0
      ? markup`<th scope="row"${classes(column)}>${row[k]}</th>`
      : markup`<td${classes(column)}>${row[k]}</td>`,
  );
}

function classes({ right, wide, id }: TableColumn): Html | undefined {
  const names = [right === true ? "right" : "", wide === true ? "wide" : "", id === true ? "id" : ""].filter(
    (one) => one !== "",
  );
  return names.length === 0 ? undefined : markup` class="${names.join(" ")}"`;
}
