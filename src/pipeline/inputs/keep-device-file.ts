import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { ObjectStore } from "../../ports/object-store.ts";
import { INPUT_FILES, inputKeys } from "./object-keys.ts";

/** A devices file that is kept while it is read. */
export interface KeptFile {
  readonly file: AsyncIterable<Uint8Array>;
  /** Resolves when all of it is kept; rejects where it could not be, or was given up. */
  readonly kept: Promise<void>;
  /** To be called where it will not be read to its end: without it, `kept` may wait for ever. */
  giveUp(): void;
}

export function keepDeviceFile(
  objects: ObjectStore,
  sessionId: string,
  content: AsyncIterable<Uint8Array>,
): KeptFile {
  const beside = new PassThrough();
  beside.on("error", () => undefined);
  const key = inputKeys(sessionId) + INPUT_FILES.devices;
  const kept = objects.put(key, beside, { contentType: "text/csv" }).then(() => undefined);
  kept.catch(() => undefined);
  return { file: passOn(content, beside, kept), kept, giveUp: () => void beside.destroy() };
}

async function* passOn(
  content: AsyncIterable<Uint8Array>,
  beside: PassThrough,
  kept: Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    if (!beside.write(chunk)) await Promise.race([once(beside, "drain"), kept]);
    yield chunk;
  }
  beside.end();
}
