import { PassThrough, Writable } from "node:stream";
import type { ObjectStore } from "../ports/object-store.ts";
import type { ReportSink } from "./sink.ts";

/** Objects under a prefix such as `sessions/<id>/`. A stream has finished once its object is in the store. */
export function objectSink(store: ObjectStore, prefix: string): ReportSink {
  return { open: async (name) => openObject(store, prefix + name) };
}

/** A store that fails early fails the next write, when there is somebody to tell. */
function openObject(store: ObjectStore, key: string): Writable {
  const content = new PassThrough().on("error", () => undefined);
  const stored = store.put(key, content);
  let failure: Error | undefined;
  let waiting: ((error?: Error) => void) | undefined;
  const wake = (error?: Error): void => {
    const done = waiting;
    waiting = undefined;
    done?.(error);
  };
  stored.catch((error: Error) => {
    failure = error;
    wake(error);
  });
  return new Writable({
    highWaterMark: 1 << 20,
    write(chunk: Uint8Array, _encoding, done) {
      if (failure !== undefined) return done(failure);
      if (content.write(chunk)) return done();
      waiting = done;
      content.once("drain", wake);
    },
    final(done) {
      content.end();
      stored.then(() => done(), done);
    },
    destroy(error, done) {
      if (!content.writableEnded) content.destroy(error ?? new Error(`${key} was given up`));
      done(error);
    },
  });
}
