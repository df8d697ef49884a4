import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { PoolwiseError } from "../../billing/errors.ts";
import type { CacheKey } from "../../ports/cache.ts";

/** The first byte of a value says how the rest is written. */
const PLAIN = 0x70;
const GZIPPED = 0x7a;
const COMPRESS_FROM_BYTES = 1_024;

/** JSON as it is, or compressed where that pays; never undefined. Throws `option-invalid`. */
export async function encodeValue(value: unknown): Promise<Buffer> {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined)
    throw new PoolwiseError("option-invalid", "A cache keeps what JSON can hold, which undefined is not.");
  const plain = Buffer.from(json);
  if (plain.length < COMPRESS_FROM_BYTES) return Buffer.concat([Uint8Array.of(PLAIN), plain]);
  return Buffer.concat([Uint8Array.of(GZIPPED), await promisify(gzip)(plain, { level: 1 })]);
}

/** undefined for what no version of this program wrote: a cache that holds nonsense holds nothing. */
export async function decodeValue(bytes: Uint8Array): Promise<unknown> {
  const rest = bytes.subarray(1);
  try {
    if (bytes[0] === PLAIN) return JSON.parse(Buffer.from(rest).toString("utf8")) as unknown;
    if (bytes[0] === GZIPPED) return JSON.parse((await promisify(gunzip)(rest)).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
  return undefined;
}

/** One text per key; no part can run into another, as only the last may hold a colon. Throws `option-invalid`. */
export function keyText({ tenantId, kind, id }: CacheKey): string {
  if (Number.isSafeInteger(tenantId) && tenantId > 0 && /^[a-z0-9-]+$/.test(kind) && id !== "") {
    return `poolwise:${tenantId}:${kind}:${id}`;
  }
  throw new PoolwiseError(
    "option-invalid",
    `A cache key needs a tenant above 0, a kind of lower case letters, digits and hyphens, and an id; got tenant ${tenantId}, kind ${JSON.stringify(kind)}.`,
  );
}

export function checkTtl(ttlSeconds: number): void {
  if (Number.isInteger(ttlSeconds) && ttlSeconds >= 1) return;
  throw new PoolwiseError(
    "option-invalid",
    `A cached value is kept for ${ttlSeconds} s: expected a whole number of 1 or more.`,
  );
}
