import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { PoolwiseError } from "../../billing/errors.ts";
import { RowEncoder } from "./encode-row.ts";
import { plainDecimal } from "./plain-decimal.ts";
import { MAX_COLUMNS, type RowConsumer } from "./row-consumer.ts";

/** Rows decoded at a time: a row group, unless it is larger. */
const SLICE_ROWS = 1 << 20;

const NUMERIC = new Set(["INT32", "INT64", "INT96", "FLOAT", "DOUBLE"]);

/** Feeds a Parquet file to a consumer, a slice of a row group at a time. Rows count from 1. */
export async function readParquetRows(
  from: { readonly path: string } | { readonly bytes: Uint8Array },
  name: string,
  consumer: RowConsumer,
): Promise<void> {
  const file = "path" in from ? await asyncBufferFromFile(from.path) : bufferOf(from.bytes);
  try {
    const metadata = await parquetMetadataAsync(file);
    const columns = parquetSchema(metadata).children.map((child) => child.element);
    if (columns.length > MAX_COLUMNS)
      return consumer.broken({
        message: `the file has ${columns.length} columns; at most ${MAX_COLUMNS} are read.`,
      });
    consumer.header(
      columns.map((column) => column.name),
      1,
    );
    const numeric = columns.find(
      (column) => column.name.trim().toLowerCase() === "iccid" && isNumber(column),
    );
    if (numeric !== undefined) {
      return consumer.broken({
        column: numeric.name,
        message: `this column holds numbers (${numeric.type}). An ICCID is text: numbers lose digits. Write the column as a string.`,
      });
    }
    await feed(file, metadata, columns, consumer);
  } catch (cause) {
    if (cause instanceof PoolwiseError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PoolwiseError(
      "file-unreadable",
      `${name} is a damaged or unsupported Parquet file (${why}). Write it again, or as CSV.`,
      { data: { file: name }, cause },
    );
  }
}

async function feed(
  file: AsyncBuffer,
  metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>,
  columns: readonly SchemaElement[],
  consumer: RowConsumer,
): Promise<void> {
  const scan = await parquetScan({ file, metadata, compressors });
  const encoder = new RowEncoder();
  for (const range of scan.ranges) {
    for (let rowStart = range.rowStart; rowStart < range.rowEnd; rowStart += SLICE_ROWS) {
      const rowEnd = Math.min(rowStart + SLICE_ROWS, range.rowEnd);
      const data = await Promise.all(
        columns.map((column) => scan.readColumn({ column: column.name, rowStart, rowEnd })),
      );
      const cells = columns.map(() => "");
      for (let i = 0; i < rowEnd - rowStart; i++) {
        for (let c = 0; c < data.length; c++) cells[c] = textOfValue(data[c]?.[i]);
        encoder.emit(consumer, cells, rowStart + i + 1);
      }
    }
  }
}

function isNumber(column: SchemaElement): boolean {
  return column.type !== undefined && NUMERIC.has(column.type);
}

function textOfValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return plainDecimal(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "object")
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? inner.toString() : inner,
    );
  return String(value as bigint | boolean);
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
}
