/** Whose value it is. The tenant is part of every key, so that no tenant can read another's. */
export interface CacheKey {
  readonly tenantId: number;
  /** What kind of thing: "carrier-token", "rate-plans", …. Lower case letters, digits and hyphens. */
  readonly kind: string;
  /** Which one. */
  readonly id: string;
}

/**
 * Values that can be had again, slower. A cache is never the only copy: it may forget anything at any time,
 * and a cache that cannot be reached answers like an empty one, so nothing here throws for want of a server.
 * A value is anything JSON can hold; it is stored with its own encoding, so a reader needs nothing else.
 */
export interface Cache {
  /** The value, or undefined where there is none, it has expired, or it cannot be read. */
  get(key: CacheKey): Promise<unknown>;
  /** Keeps the value for `ttlSeconds`, 1 or more, or not at all. Throws `option-invalid` for a bad key. */
  set(key: CacheKey, value: unknown, ttlSeconds: number): Promise<void>;
  delete(key: CacheKey): Promise<void>;
  /** Whether the cache answers. Never throws. */
  health(): Promise<{ readonly ok: boolean; readonly reason?: string }>;
  close(): Promise<void>;
}
