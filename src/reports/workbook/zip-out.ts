import { once } from "node:events";
import type { Writable } from "node:stream";
import { crc32, createDeflateRaw, type DeflateRaw } from "node:zlib";
import type { ZipInputFile } from "fflate";
import { Zip } from "fflate";
import { PoolwiseError } from "../../billing/errors.ts";
import { ByteText } from "../byte-text.ts";
import { drained } from "../drained.ts";

const CHUNK_BYTES = 1 << 18;
/** Taken ahead of deflating, so that it need not wait for whoever writes, nor the other way round. */
const AHEAD_BYTES = 4 * CHUNK_BYTES;
/** Sheets of numbers shrink to within a tenth of what higher levels reach, in a third of the time. */
const LEVEL = 1;
const DEFLATE = { level: LEVEL, chunkSize: CHUNK_BYTES, highWaterMark: AHEAD_BYTES };
/** The first instant a zip can hold: the same input gives the same bytes. */
const NO_DATE = new Date(1980, 0, 1);
/** Offsets in a plain zip have 32 bits. */
const MAX_ARCHIVE_BYTES = 2 ** 32 - 1;
const NOTHING = new Uint8Array(0);

/** A zip archive written to a stream, one entry after another; deflating runs beside the caller. */
export interface ZipOut {
  entry(name: string): ZipEntry;
  /** Writes the directory; the stream stays open. */
  end(): void;
}

export interface ZipEntry {
  write(text: string): void;
  /** Lets `fill` write. */
  writeWith(fill: (out: ByteText) => void): void;
  /** Written so far, before deflating. */
  sizeBytes(): number;
  /** undefined where more is taken at once. */
  room(): Promise<void> | undefined;
  end(): Promise<void>;
}

export function zipOut(stream: Writable): ZipOut {
  let archiveBytes = 0;
  const zip = new Zip((error, chunk) => {
    archiveBytes += error ? 0 : chunk.length;
    if (error) stream.destroy(error);
    else if (archiveBytes > MAX_ARCHIVE_BYTES) stream.destroy(archiveTooLarge());
    else stream.write(chunk);
  });
  return {
    entry(name) {
      const deflate = createDeflateRaw(DEFLATE);
      const part: ZipInputFile = { filename: name, size: 0, crc: 0, compression: 8, mtime: NO_DATE };
      zip.add(part);
      deflate.on("data", (chunk: Buffer<ArrayBuffer>) => part.ondata?.(null, chunk, false));
      return entryOver(part, deflate, stream);
    },
    end: () => zip.end(),
  };
}

function archiveTooLarge(): PoolwiseError {
  return new PoolwiseError(
    "bounds-exceeded",
    "report.xlsx would pass 4 GiB, which a workbook cannot. Carry fewer columns, or split the devices file.",
    { data: { limit: MAX_ARCHIVE_BYTES, unit: "bytes" } },
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function entryOver(part: Mutable<ZipInputFile>, deflate: DeflateRaw, stream: Writable): ZipEntry {
  const out = new ByteText(CHUNK_BYTES);
  const flush = (): void => {
    const bytes = out.take();
    part.size += bytes.length;
    part.crc = crc32(bytes, part.crc);
    deflate.write(bytes, () => out.giveBack(bytes));
  };
  return {
    write(text) {
      out.write(text);
      if (out.isFull) flush();
    },
    writeWith(fill) {
      fill(out);
      if (out.isFull) flush();
    },
    sizeBytes: () => part.size + out.length,
    room: () => drained(stream) ?? drained(deflate),
    async end() {
      flush();
      deflate.end();
      await once(deflate, "end");
      part.ondata?.(null, NOTHING, true);
      await drained(stream);
    },
  };
}
