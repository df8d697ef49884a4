import { once } from "node:events";
import type { Writable } from "node:stream";

/** Waits until a stream takes more; undefined where it does. Rejects with the stream's error. */
export function drained(stream: Writable): Promise<void> | undefined {
  if (stream.errored !== null && stream.errored !== undefined) return Promise.reject(stream.errored);
  return stream.writableNeedDrain ? once(stream, "drain").then(() => undefined) : undefined;
}
