import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { PoolwiseError } from "../../billing/errors.ts";
import { chunksUnpacked, type Chunks } from "./unpack-chunks.ts";
import { sniffFormat } from "./sniff-format.ts";
import type { InputSource } from "./input-source.ts";
import { STANDARD_INPUT, sourceName } from "./input-source.ts";
import type { ReadProgress } from "./read-progress.ts";

/** What a source turned out to hold, ready to be read. */
export type InputBody =
  | { readonly kind: "text"; readonly chunks: Chunks }
  | { readonly kind: "sheet"; readonly bytes: Uint8Array }
  | { readonly kind: "parquet"; readonly from: { readonly path: string } | { readonly bytes: Uint8Array } };

export interface OpenedInput {
  readonly name: string;
  readonly body: InputBody;
  /** Of the raw bytes. Reads what is left of the source first, so call it when the body has been read. */
  readonly sha256: () => Promise<string>;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Opens a source, looks at its first bytes and unpacks it. Hashes the bytes as they pass.
 * @throws PoolwiseError `file-unreadable`, or `input-invalid` for a format that is not read.
 */
export async function openInput(
  source: InputSource,
  onProgress?: (progress: ReadProgress) => void,
): Promise<OpenedInput> {
  const name = sourceName(source);
  const raw = hashing(
    await rawChunks(source),
    name,
    onProgress && (await reporter(source, name, onProgress)),
  );
  const { head, chunks, gzipped } = await chunksUnpacked(raw.chunks, name);
  const format = sniffFormat(head, name);
  const body: InputBody =
    format === "text"
      ? { kind: "text", chunks }
      : format === "sheet"
        ? { kind: "sheet", bytes: await joined(chunks) }
        : typeof source === "string" && source !== STANDARD_INPUT && !gzipped
          ? { kind: "parquet", from: { path: await drained(chunks, source) } }
          : { kind: "parquet", from: { bytes: await joined(chunks) } };
  return { name, body, sha256: raw.sha256 };
}

async function rawChunks(source: InputSource): Promise<AsyncIterable<Uint8Array | string>> {
  if (typeof source !== "string") return source.stream;
  if (source === STANDARD_INPUT) return process.stdin;
  await refuseUnreadable(source);
  return createReadStream(source, { highWaterMark: CHUNK_BYTES });
}

async function refuseUnreadable(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (found.isDirectory())
    throw new PoolwiseError("file-unreadable", `${path} is a folder. Name the file in it.`, {
      data: { file: path },
    });
}

async function reporter(
  source: InputSource,
  name: string,
  onProgress: (progress: ReadProgress) => void,
): Promise<(bytesRead: number) => void> {
  const totalBytes =
    typeof source === "string" && source !== STANDARD_INPUT ? (await stat(source)).size : undefined;
  return (bytesRead) => onProgress({ name, bytesRead, totalBytes });
}

interface Hashing {
  readonly chunks: Chunks;
  readonly sha256: () => Promise<string>;
}

function hashing(
  source: AsyncIterable<Uint8Array | string>,
  name: string,
  onBytes: ((bytesRead: number) => void) | undefined,
): Hashing {
  const hash = createHash("sha256");
  let bytesRead = 0;
  let digest: string | undefined;
  async function* read(): Chunks {
    try {
      for await (const piece of source) {
        const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
        hash.update(chunk);
        bytesRead += chunk.length;
        onBytes?.(bytesRead);
        yield chunk;
      }
    } catch (cause) {
      throw unreadable(name, cause);
    }
  }
  const chunks = read();
  return {
    chunks,
    sha256: async () => {
      if (digest === undefined) {
        await drained(chunks, name);
        digest = hash.digest("hex");
      }
      return digest;
    },
  };
}

async function drained(chunks: Chunks, name: string): Promise<string> {
  for await (const chunk of chunks) void chunk;
  return name;
}

async function joined(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be read by this user",
  EPERM: "may not be read by this user",
  EISDIR: "is a folder",
};

function unreadable(name: string, cause: unknown): PoolwiseError {
  if (cause instanceof PoolwiseError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason =
    REASONS[code] ?? `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
  return new PoolwiseError("file-unreadable", `${name} ${reason}. Check the path and its permissions.`, {
    data: { file: name },
    cause,
  });
}
