import { setTimeout as sleep } from "node:timers/promises";
import { createClient, RESP_TYPES } from "redis";
import type { Cache } from "../../ports/cache.ts";
import { checkTtl, decodeValue, encodeValue, keyText } from "../cache-values/cache-value.ts";

export interface RedisCacheOptions {
  /** `redis://host:port`. */
  readonly url: string;
  /** How long an answer may take before the cache counts as empty. Default 500. */
  readonly timeoutMs?: number;
  /** Told once when the server is lost, and again only after it was back. */
  readonly onLost?: (reason: string) => void;
}

/** Redis refuses values past 512 MiB; nothing near that belongs in a cache. */
const MAX_VALUE_BYTES = 64 * 1024 * 1024;
const RETRY_MS = 1_000;
const SILENT = Symbol("no answer in time");

/** Values in Redis. Where it cannot be reached everything is slower and nothing is wrong: it answers like an empty cache. */
export async function openRedisCache({ url, timeoutMs = 500, onLost }: RedisCacheOptions): Promise<Cache> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: RETRY_MS },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  let lost = false;
  client.on("error", (error: unknown) => {
    if (!lost) onLost?.(error instanceof Error ? error.message : String(error));
    lost = true;
  });
  client.on("ready", () => {
    lost = false;
  });

  // Without a server `connect` keeps trying; it is not waited for longer than one answer.
  const connecting = client.connect().catch(() => undefined);
  await Promise.race([connecting, sleep(timeoutMs)]);

  /** A server that hangs is asked again only after this. */
  let quietUntilMs = 0;

  async function orNothing<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
    if (!client.isReady || performance.now() < quietUntilMs) return undefined;
    const tooLate = new AbortController();
    const silence = sleep(timeoutMs, SILENT, { signal: tooLate.signal, ref: false });
    try {
      const answer = await Promise.race([ask(), silence]);
      if (answer !== SILENT) return answer as Result;
      quietUntilMs = performance.now() + RETRY_MS;
      return undefined;
    } catch {
      return undefined;
    } finally {
      tooLate.abort();
      silence.catch(() => undefined);
    }
  }

  return {
    async get(key) {
      const text = keyText(key);
      const bytes = await orNothing(() => client.get(text));
      return bytes === undefined || bytes === null ? undefined : await decodeValue(bytes);
    },
    async set(key, value, ttlSeconds) {
      const text = keyText(key);
      checkTtl(ttlSeconds);
      const bytes = await encodeValue(value);
      if (bytes.length > MAX_VALUE_BYTES) await orNothing(() => client.del(text));
      else await orNothing(() => client.set(text, bytes, { expiration: { type: "EX", value: ttlSeconds } }));
    },
    async delete(key) {
      const text = keyText(key);
      await orNothing(() => client.del(text));
    },
    async health() {
      const answer = await orNothing(() => client.ping());
      return answer === undefined
        ? { ok: false, reason: "Redis does not answer; work goes on without the cache" }
        : { ok: true };
    },
    async close() {
      if (client.isOpen) client.destroy();
      await connecting;
    },
  };
}
