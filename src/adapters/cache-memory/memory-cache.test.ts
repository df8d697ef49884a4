import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { cacheContract } from "../../ports/cache-contract.ts";
import { openMemoryCache } from "./open-memory-cache.ts";

cacheContract("memory", () => Promise.resolve(openMemoryCache()));

test("drops-what-was-used-longest-ago-when-it-is-full", async () => {
  const cache = openMemoryCache(10_000);
  const key = (id: string): { tenantId: number; kind: string; id: string } => ({
    tenantId: 1,
    kind: "test",
    id,
  });
  const kilobytes3 = (): string => randomBytes(1_500).toString("hex");
  for (const id of ["a", "b", "c"]) await cache.set(key(id), kilobytes3(), 60);
  await cache.get(key("a"));
  for (const id of ["d", "e", "f", "g"]) await cache.set(key(id), kilobytes3(), 60);
  expect(await cache.get(key("b"))).toBeUndefined();
  expect(await cache.get(key("g"))).toBeDefined();
  await cache.set(key("huge"), randomBytes(20_000).toString("hex"), 60);
  expect(await cache.get(key("huge"))).toBeUndefined();
  expect(await cache.get(key("g"))).toBeDefined();
});
