import type { CopySource } from "../../ports/database.ts";

const CHUNK_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** COPY text again, in chunks of about 8 MiB that end where a line does: a newline inside a value is escaped. */
export async function* wholeLines(source: CopySource): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (size + bytes.length < CHUNK_BYTES || end === 0) {
      parts.push(bytes);
      size += bytes.length;
      continue;
    }
    yield joined([...parts, bytes.subarray(0, end)], size + end);
    const rest = bytes.slice(end);
    parts = rest.length === 0 ? [] : [rest];
    size = rest.length;
  }
  if (size > 0) yield joined(parts, size);
}
