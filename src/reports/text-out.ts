import { once } from "node:events";
import type { Writable } from "node:stream";

const FLUSH_CHARACTERS = 1 << 16;

/** Collects text into chunks for a stream. `write` is cheap; await `room` now and then to let the stream drain. */
export interface TextOut {
  write(text: string): void;
  /** undefined where the stream takes more at once. */
  room(): Promise<void> | undefined;
  /** Passes on what is held back; the stream stays open. */
  flush(): void;
}

export function textOut(stream: Writable): TextOut {
  let held = "";
  const flush = (): void => {
    if (held === "") return;
    stream.write(Buffer.from(held, "utf8"));
    held = "";
  };
  return {
    write(text) {
      held += text;
      if (held.length >= FLUSH_CHARACTERS) flush();
    },
    room: () => drained(stream),
    flush,
  };
}

/** Waits until a stream takes more; undefined where it does. Rejects with the stream's error. */
export function drained(stream: Writable): Promise<void> | undefined {
  if (stream.errored !== null && stream.errored !== undefined) return Promise.reject(stream.errored);
  return stream.writableNeedDrain ? once(stream, "drain").then(() => undefined) : undefined;
}
