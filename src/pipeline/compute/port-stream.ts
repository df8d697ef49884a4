import { Writable } from "node:stream";
import type { MessagePort } from "node:worker_threads";

/** What a writer sends. The reader answers with one `MORE` for each chunk that it has room for. */
type Sent = { readonly chunk: Uint8Array<ArrayBuffer> } | { readonly end: true } | { readonly error: string };

const MORE = 0;
/** Chunks that a reader takes ahead of who reads it. */
const ROOM = 4;
const CHUNK_BYTES = 1 << 18;

/** What a `portWritable` at the other end of the port writes; throws where it is given up or its thread has ended. */
export async function* readPort(port: MessagePort): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const arrived: Sent[] = [];
  let wake: () => void = () => undefined;
  const take = (sent: Sent): void => {
    arrived.push(sent);
    wake();
  };
  port.on("message", take);
  port.on("close", () => take({ error: "the thread at the other end has ended" }));
  for (let room = 0; room < ROOM; room++) port.postMessage(MORE);
  try {
    for (;;) {
      const next = arrived.shift();
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if ("chunk" in next) {
        port.postMessage(MORE);
        yield next.chunk;
      } else if ("end" in next) return;
      else throw new Error(`A stream between threads was cut off: ${next.error}.`);
    }
  } finally {
    port.close();
  }
}

/** A stream into a port that `readPort` reads at its own pace. */
export function portWritable(port: MessagePort): Writable {
  let room = 0;
  let waiting: (() => void) | undefined;
  let over = false;
  const post = (chunk: Uint8Array): void => {
    room--;
    const copy = new Uint8Array(chunk);
    port.postMessage({ chunk: copy } satisfies Sent, [copy.buffer]);
  };
  const stream = new Writable({
    highWaterMark: CHUNK_BYTES,
    write(chunk: Uint8Array, _encoding, done) {
      const send = (): void => {
        waiting = undefined;
        post(chunk);
        done();
      };
      if (room > 0) send();
      else waiting = send;
    },
    final(done) {
      over = true;
      port.postMessage({ end: true } satisfies Sent);
      done();
    },
    destroy(error, done) {
      if (!over) port.postMessage({ error: error?.message ?? "it was given up" } satisfies Sent);
      over = true;
      port.close();
      done(error);
    },
  });
  port.on("message", () => {
    room++;
    waiting?.();
  });
  port.on("close", () => {
    if (!over) stream.destroy(new Error("Whoever read a stream between threads has gone."));
  });
  return stream;
}
