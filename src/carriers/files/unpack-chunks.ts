import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { PoolwiseError } from "../../billing/errors.ts";
import { peek, type Chunks } from "./peek-chunks.ts";

export type { Chunks } from "./peek-chunks.ts";

export const HEAD_BYTES = 4096;

/** Gunzips where the bytes say so, whatever the name says, and turns UTF-16 into UTF-8 without a byte order mark. */
export async function chunksUnpacked(
  raw: Chunks,
  name: string,
): Promise<{ head: Uint8Array; chunks: Chunks; gzipped: boolean }> {
  const outer = await peek(raw, HEAD_BYTES);
  const gzipped = outer.head[0] === 0x1f && outer.head[1] === 0x8b;
  const inner = gzipped ? await peek(gunzipped(outer.chunks, name), HEAD_BYTES) : outer;
  const encoding = utf16Encoding(inner.head);
  if (encoding !== undefined)
    return { ...(await peek(decoded(inner.chunks, encoding), HEAD_BYTES)), gzipped };
  const marked = inner.head[0] === 0xef && inner.head[1] === 0xbb && inner.head[2] === 0xbf;
  if (marked) return { head: inner.head.subarray(3), chunks: withoutFirst(inner.chunks, 3), gzipped };
  return { ...inner, gzipped };
}

async function* gunzipped(chunks: Chunks, name: string): Chunks {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  pipeline(Readable.from(chunks, { objectMode: true }), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    if (cause instanceof PoolwiseError) throw cause;
    const truncated = cause instanceof Error && /unexpected end/.test(cause.message);
    throw new PoolwiseError(
      "file-unreadable",
      truncated
        ? `${name} is a gzip file that ends too early: it was cut off. Copy or download it again.`
        : `${name} is a damaged gzip file (${cause instanceof Error ? cause.message : String(cause)}). Copy or download it again.`,
      { data: { file: name }, cause },
    );
  }
}

/** By byte order mark, or by every other byte of the first characters being zero. */
function utf16Encoding(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head.length < 8) return undefined;
  const zeros = [0, 0];
  for (let i = 0; i < 8; i++) if (head[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  if (zeros[0] === 0 && zeros[1] === 4) return "utf-16le";
  if (zeros[0] === 4 && zeros[1] === 0) return "utf-16be";
  return undefined;
}

async function* decoded(chunks: Chunks, encoding: "utf-16le" | "utf-16be"): Chunks {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  const rest = decoder.decode();
  if (rest !== "") yield encoder.encode(rest);
}

async function* withoutFirst(chunks: Chunks, count: number): Chunks {
  let skip = count;
  for await (const chunk of chunks) {
    yield skip > 0 ? chunk.subarray(skip) : chunk;
    skip = Math.max(0, skip - chunk.length);
  }
}
