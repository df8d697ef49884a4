/** A cell of a COPY line: null is SQL's NULL. */
export type CopyCell = string | number | bigint | boolean | null | Date;

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const UNESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v" };

function escapeCell(cell: CopyCell): string {
  if (cell === null) return "\\N";
  if (typeof cell === "string") {
    return SPECIAL.test(cell) ? cell.replace(/[\\\n\r\t]/g, (found) => ESCAPES[found] ?? found) : cell;
  }
  if (typeof cell === "boolean") return cell ? "t" : "f";
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

/** One row in PostgreSQL's text format of COPY, with its newline. */
export function copyLine(cells: readonly CopyCell[]): string {
  let line = "";
  for (let index = 0; index < cells.length; index++) {
    line += (index === 0 ? "" : "\t") + escapeCell(cells[index] ?? null);
  }
  return `${line}\n`;
}

function unescapeCell(cell: string): string | null {
  if (cell === "\\N") return null;
  if (!cell.includes("\\")) return cell;
  return cell.replace(/\\(.)/gs, (_, letter: string) => UNESCAPES[letter] ?? letter);
}

/** The cells of a line of COPY text, without its newline; null is SQL's NULL. */
export function copyCells(line: string): (string | null)[] {
  return line.split("\t").map(unescapeCell);
}

/** The rows of a `copyOut`, each an array of texts; null is SQL's NULL. */
export async function* copyRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<(string | null)[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield copyCells(line);
  }
}

const LINES_PER_CHUNK = 2_000;

/** Rows to COPY text, in chunks large enough to be cheap to send. */
export async function* copyText(
  rows: AsyncIterable<readonly CopyCell[]> | Iterable<readonly CopyCell[]>,
): AsyncGenerator<string> {
  let text = "";
  let lines = 0;
  for await (const row of rows) {
    text += copyLine(row);
    if (++lines === LINES_PER_CHUNK) {
      yield text;
      text = "";
      lines = 0;
    }
  }
  if (lines > 0) yield text;
}
