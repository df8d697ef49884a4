import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ObjectStore } from "./object-store.ts";

/** What every ObjectStore does. `open` gives an empty one. */
export function objectStoreContract(
  name: string,
  open: () => Promise<{ store: ObjectStore; close: () => Promise<void> }>,
): void {
  describe(`object store contract: ${name}`, () => {
    let store: ObjectStore;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ store, close } = await open());
    });
    afterAll(async () => {
      await close();
    });
    const read = async (key: string): Promise<Buffer> => await buffer(await store.get(key));
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    test("gives-back-what-was-put-byte-for-byte", async () => {
      const content = randomBytes(3_000_000);
      const put = await store.put(
        "sessions/1/report.xlsx",
        Readable.from([content.subarray(0, 7), content.subarray(7)]),
        { contentType: "application/octet-stream" },
      );
      expect(put).toEqual({
        key: "sessions/1/report.xlsx",
        sizeBytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
      });
      expect((await read("sessions/1/report.xlsx")).equals(content)).toBe(true);
      await store.put("text", "ü€\n");
      expect((await read("text")).toString()).toBe("ü€\n");
      await store.put("bytes", Uint8Array.of(0, 255));
      expect([...(await read("bytes"))]).toEqual([0, 255]);
      await store.put("empty", "");
      expect(await read("empty")).toHaveLength(0);
    });

    test("the-last-put-counts", async () => {
      await store.put("again", "first, longer");
      await store.put("again", "second");
      expect((await read("again")).toString()).toBe("second");
      expect(await store.head("again")).toMatchObject({ key: "again", sizeBytes: 6 });
    });

    test("a-put-that-fails-leaves-what-was-there", async () => {
      await store.put("whole", "before");
      async function* broken(): AsyncGenerator<Buffer> {
        yield randomBytes(100_000);
        await Promise.resolve();
        throw new RangeError("the source broke");
      }
      await expect(store.put("whole", Readable.from(broken()))).rejects.toThrow(/the source broke/);
      expect((await read("whole")).toString()).toBe("before");
      await expect(store.put("never", Readable.from(broken()))).rejects.toThrow(/the source broke/);
      expect(await store.head("never")).toBeUndefined();
      expect(await keys("never")).toEqual([]);
    });

    test("lists-by-prefix-in-order", async () => {
      for (const key of ["list/b", "list/a/2", "list/a/1", "listing", "list/a.txt"])
        await store.put(key, key);
      expect(await keys("list/")).toEqual(["list/a.txt", "list/a/1", "list/a/2", "list/b"]);
      expect(await keys("list/a/")).toEqual(["list/a/1", "list/a/2"]);
      expect(await keys("list/a")).toEqual(["list/a.txt", "list/a/1", "list/a/2"]);
      expect(await keys("nothing/")).toEqual([]);
      expect(await keys("")).toEqual(expect.arrayContaining(["listing", "list/b"]));
    });

    test("says-that-an-object-is-missing", async () => {
      await expect(store.get("no/such")).rejects.toMatchObject({ code: "object-missing" });
      expect(await store.head("no/such")).toBeUndefined();
      expect(await store.delete("no/such")).toBe(false);
      await store.put("gone", "x");
      expect(await store.delete("gone")).toBe(true);
      expect(await store.head("gone")).toBeUndefined();
    });

    test("refuses-keys-that-could-leave-the-store", async () => {
      const wrong = [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "./a",
        "a/.",
        ".hidden",
        "a/.draft",
        "a\\b",
        "a\0b",
        "C:x",
        "a b",
        "con",
        "nul.txt",
        "a/…",
        "-rf",
        "x.",
        `${"k".repeat(513)}`,
        "%2e%2e/x",
      ];
      for (const key of wrong) {
        const refused = { code: "object-key-invalid" };
        await expect(store.put(key, "x"), key).rejects.toMatchObject(refused);
        await expect(store.get(key), key).rejects.toMatchObject(refused);
        await expect(store.delete(key), key).rejects.toMatchObject(refused);
        await expect(store.link(key, 60), key).rejects.toMatchObject(refused);
      }
      await expect(keys("../")).rejects.toMatchObject({ code: "object-key-invalid" });
    });

    test("reports-its-health", async () => {
      expect(await store.health()).toEqual({ ok: true });
    });
  });
}
