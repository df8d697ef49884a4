import { readSheet } from "read-excel-file/node";
import { unzipSync } from "fflate";
import { PoolwiseError } from "../../billing/errors.ts";
import { RowEncoder } from "./encode-row.ts";
import { plainDecimal } from "./plain-decimal.ts";
import { MAX_COLUMNS, type RowConsumer } from "./row-consumer.ts";

/** A workbook that unpacks to more than this is refused: it would not fit into memory as XML. */
const MAX_UNPACKED_BYTES = 2 ** 31;

/** Feeds the first sheet of a workbook to a consumer. */
export async function readSheetRows(bytes: Uint8Array, name: string, consumer: RowConsumer): Promise<void> {
  refuseOtherArchives(bytes, name);
  const rows = await readSheet(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 1, {
    trim: false,
  }).catch((cause: unknown) => {
    throw damaged(name, cause);
  });
  const encoder = new RowEncoder();
  let started = false;
  for (const [index, row] of rows.entries()) {
    const cells = row.map(textOfCell);
    if (cells.every((cell) => cell.trim() === "")) continue;
    if (started) {
      encoder.emit(consumer, cells, index + 1);
      continue;
    }
    started = true;
    if (cells.length > MAX_COLUMNS)
      return consumer.broken({
        line: index + 1,
        message: `the header has ${cells.length} columns; at most ${MAX_COLUMNS} are read.`,
      });
    consumer.header(cells, index + 1);
  }
}

function textOfCell(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return plainDecimal(cell);
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, "");
  return String(cell as string | boolean);
}

function refuseOtherArchives(bytes: Uint8Array, name: string): void {
  let unpacked = 0;
  const names = new Set<string>();
  try {
    unzipSync(bytes, {
      filter: (entry) => {
        unpacked += entry.originalSize;
        names.add(entry.name);
        return false;
      },
    });
  } catch (cause) {
    throw damaged(name, cause);
  }
  if (!names.has("[Content_Types].xml") || ![...names].some((entry) => entry.startsWith("xl/"))) {
    throw new PoolwiseError(
      "file-unreadable",
      `${name} is a ZIP archive but no .xlsx workbook. Unpack it and name the table in it.`,
      { data: { file: name } },
    );
  }
  if (unpacked > MAX_UNPACKED_BYTES) {
    throw new PoolwiseError(
      "file-unreadable",
      `${name} unpacks to ${unpacked} bytes; workbooks of up to ${MAX_UNPACKED_BYTES} are read. Save the sheet as CSV.`,
      {
        data: { file: name, got: unpacked, limit: MAX_UNPACKED_BYTES },
      },
    );
  }
}

function damaged(name: string, cause: unknown): PoolwiseError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PoolwiseError(
    "file-unreadable",
    `${name} is a damaged .xlsx workbook (${why}). Open it in a spreadsheet and save it again, or save it as CSV.`,
    {
      data: { file: name },
      cause,
    },
  );
}
