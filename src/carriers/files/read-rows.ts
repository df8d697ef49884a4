import type { InputFile, InputSource } from "./input-source.ts";
import { openInput } from "./open-input.ts";
import { readParquetRows } from "./read-parquet.ts";
import type { ReadProgress } from "./read-progress.ts";
import { readSheetRows } from "./read-sheet.ts";
import type { RowConsumer } from "./row-consumer.ts";
import { CsvSplitter } from "./split-csv.ts";

/** Reads a table of any format into a consumer, and hashes the file on the way. */
export async function readRows(
  source: InputSource,
  consumer: RowConsumer,
  onProgress?: (progress: ReadProgress) => void,
): Promise<InputFile> {
  const input = await openInput(source, onProgress);
  const { body } = input;
  if (body.kind === "sheet") await readSheetRows(body.bytes, input.name, consumer);
  else if (body.kind === "parquet") await readParquetRows(body.from, input.name, consumer);
  else await splitChunks(body.chunks, consumer);
  return { name: input.name, sha256: await input.sha256() };
}

async function splitChunks(chunks: AsyncIterable<Uint8Array>, consumer: RowConsumer): Promise<void> {
  const splitter = new CsvSplitter(consumer);
  for await (const chunk of chunks) if (!splitter.push(chunk)) return;
  splitter.finish();
}
