import type { Cache } from "../../ports/cache.ts";
import { checkTtl, decodeValue, encodeValue, keyText } from "../cache-values/cache-value.ts";

interface Kept {
  readonly bytes: Uint8Array;
  readonly untilMs: number;
}

/** Values in this process, the least recently used dropped where they take more than `limitBytes` (default 64 MiB). */
export function openMemoryCache(limitBytes = 64 * 1024 * 1024): Cache {
  // A Map keeps the order of insertion: its first key is the least recently used.
  const kept = new Map<string, Kept>();
  let totalBytes = 0;

  function drop(key: string): Kept | undefined {
    const found = kept.get(key);
    if (found === undefined) return undefined;
    kept.delete(key);
    totalBytes -= found.bytes.length;
    return found;
  }

  function keep(key: string, value: Kept): void {
    drop(key);
    if (value.bytes.length > limitBytes) return;
    kept.set(key, value);
    totalBytes += value.bytes.length;
    for (const oldest of kept.keys()) {
      if (totalBytes <= limitBytes) break;
      drop(oldest);
    }
  }

  return {
    async get(key) {
      const text = keyText(key);
      const found = drop(text);
      if (found === undefined || found.untilMs <= performance.now()) return undefined;
      keep(text, found);
      return await decodeValue(found.bytes);
    },
    async set(key, value, ttlSeconds) {
      const text = keyText(key);
      checkTtl(ttlSeconds);
      keep(text, { bytes: await encodeValue(value), untilMs: performance.now() + ttlSeconds * 1_000 });
    },
    async delete(key) {
      drop(keyText(key));
      await Promise.resolve();
    },
    health: () => Promise.resolve({ ok: true }),
    close() {
      kept.clear();
      return Promise.resolve();
    },
  };
}
