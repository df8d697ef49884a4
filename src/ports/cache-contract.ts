import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cache, CacheKey } from "./cache.ts";

/** What every Cache does. `open` gives an empty one that the suite closes. */
export function cacheContract(name: string, open: () => Promise<Cache>): void {
  describe(`cache contract: ${name}`, () => {
    let cache: Cache;
    beforeAll(async () => {
      cache = await open();
    }, 30_000);
    afterAll(async () => {
      await cache.close();
    });
    const key = (id: string, tenantId = 1): CacheKey => ({ tenantId, kind: "test", id });

    test("gives-back-what-was-kept", async () => {
      const value = {
        text: 'ü "€" 𝄞\n',
        numbers: [0, -1.5, 1e21],
        nothing: null,
        nested: { list: [[], {}] },
      };
      await cache.set(key("a"), value, 60);
      expect(await cache.get(key("a"))).toEqual(value);
      for (const each of [null, false, 0, "", []]) {
        await cache.set(key("a"), each, 60);
        expect(await cache.get(key("a"))).toEqual(each);
      }
    });

    test("knows-nothing-of-other-keys", async () => {
      await cache.set(key("known"), 1, 60);
      expect(await cache.get(key("unknown"))).toBeUndefined();
      expect(await cache.get({ ...key("known"), kind: "other" })).toBeUndefined();
      await cache.delete(key("unknown"));
    });

    test("keeps-tenants-apart", async () => {
      await cache.set(key("same", 1), "one", 60);
      await cache.set(key("same", 11), "eleven", 60);
      expect(await cache.get(key("same", 1))).toBe("one");
      await cache.delete(key("same", 1));
      expect(await cache.get(key("same", 11))).toBe("eleven");
      await cache.set({ tenantId: 1, kind: "test", id: "2:test:x" }, "mine", 60);
      expect(await cache.get({ tenantId: 1, kind: "test", id: "x" })).toBeUndefined();
    });

    test("large-then-small-then-large-reads-back-each-time", async () => {
      const large = Array.from({ length: 20_000 }, (_, index) => ({
        iccid: `8901${index}`,
        usage: index * 1_000,
      }));
      for (const value of [large, "small", large]) {
        await cache.set(key("changing"), value, 60);
        expect(await cache.get(key("changing"))).toEqual(value);
      }
    });

    test("forgets-when-the-time-is-up", async () => {
      await cache.set(key("brief"), "here", 1);
      expect(await cache.get(key("brief"))).toBe("here");
      await sleep(1_150);
      expect(await cache.get(key("brief"))).toBeUndefined();
    });

    test("a-value-that-is-changed-after-keeping-stays-as-it-was", async () => {
      const value = { list: [1] };
      await cache.set(key("own"), value, 60);
      value.list.push(2);
      expect(await cache.get(key("own"))).toEqual({ list: [1] });
    });

    test("deletes", async () => {
      await cache.set(key("gone"), 1, 60);
      await cache.delete(key("gone"));
      expect(await cache.get(key("gone"))).toBeUndefined();
    });

    test("refuses-keys-and-times-that-make-no-sense", async () => {
      const wrong = { code: "option-invalid" };
      await expect(cache.set({ tenantId: 0, kind: "test", id: "a" }, 1, 60)).rejects.toMatchObject(wrong);
      await expect(cache.set({ tenantId: 1, kind: "Test kind", id: "a" }, 1, 60)).rejects.toMatchObject(
        wrong,
      );
      await expect(cache.set(key(""), 1, 60)).rejects.toMatchObject(wrong);
      await expect(cache.set(key("a"), 1, 0)).rejects.toMatchObject(wrong);
      await expect(cache.set(key("a"), undefined, 60)).rejects.toMatchObject(wrong);
    });

    test("reports-its-health", async () => {
      expect(await cache.health()).toEqual({ ok: true });
    });
  });
}
