import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { keepDeviceFile } from "./keep-device-file.ts";

const SESSION = "0a000000-0000-4000-8000-000000000001";
let folder: string;
let objects: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-kept-"));
  objects = await openFolderObjects({ folder });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const CHUNK = "89014100000000000000,P1,1.5,ACTIVATED\n".repeat(10_000);

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk < count; chunk++) yield await Promise.resolve(Buffer.from(CHUNK));
}

const keysOf = async (): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of objects.list("")) keys.push(key);
  return keys;
};

test("what-is-read-is-what-is-kept", async () => {
  const { file, kept } = keepDeviceFile(objects, SESSION, chunks(20));
  const read = await text(file);
  await kept;
  const [key = ""] = await keysOf();
  expect(read).toBe(CHUNK.repeat(20));
  expect(await text(await objects.get(key))).toBe(read);
});

test("a-file-that-is-given-up-is-not-kept-whether-or-not-it-was-begun-to-be-read", async () => {
  const unread = keepDeviceFile(objects, SESSION, chunks(20));
  unread.giveUp();
  await expect(unread.kept).rejects.toThrow("Premature close");
  const halfRead = keepDeviceFile(objects, SESSION, chunks(20));
  for await (const _ of halfRead.file) break;
  halfRead.giveUp();
  await expect(halfRead.kept).rejects.toThrow("Premature close");
  expect(await keysOf()).toEqual([]);
});

test("where-it-cannot-be-kept-whoever-reads-it-learns-why", async () => {
  const away = new Error("the store is away");
  const broken: ObjectStore = {
    ...objects,
    put: async (_key, content) => {
      for await (const _ of content as AsyncIterable<Uint8Array>) throw away;
      throw away;
    },
  };
  const { file, kept } = keepDeviceFile(broken, SESSION, chunks(100));
  await expect(text(file)).rejects.toBe(away);
  await expect(kept).rejects.toBe(away);
});
