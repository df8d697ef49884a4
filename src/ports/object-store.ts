import type { Readable } from "node:stream";
import { PoolwiseError } from "../billing/errors.ts";

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

export interface PutResult {
  readonly key: string;
  readonly sizeBytes: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
}

export interface PutOptions {
  /** Media type, for readers that ask over HTTP. */
  readonly contentType?: string;
}

/**
 * Whole files under keys such as `sessions/<id>/report.xlsx`. A reader sees an object whole or not at all:
 * a put that fails or is killed leaves what was there before.
 *
 * Methods throw `object-key-invalid` for a key that `assertObjectKey` refuses, `object-missing`, and
 * `object-store-failed` for a full disk, a lost connection or missing rights.
 */
export interface ObjectStore {
  put(key: string, content: Readable | Uint8Array | string, options?: PutOptions): Promise<PutResult>;
  get(key: string): Promise<Readable>;
  /** undefined where there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;
  /** Objects whose keys begin with `prefix` (a key or part of one ending in "/", or ""), in key order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** True where there was such an object. */
  delete(key: string): Promise<boolean>;
  /** A URL that a browser may open until `expiresSeconds` from now; undefined where the store has none to give. */
  link(key: string, expiresSeconds: number): Promise<string | undefined>;
  health(): Promise<{ readonly ok: boolean; readonly reason?: string }>;
}

const MAX_KEY_BYTES = 512;
const SEGMENT = /^[A-Za-z0-9_=][A-Za-z0-9._=+@-]*$/;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Refuses every key that could leave its folder or mean something to a file system: segments of letters,
 * digits and `._=+@-`, none beginning with a point or a hyphen or ending with a point, separated by single
 * slashes; at most 512 bytes. Throws `object-key-invalid`.
 */
export function assertObjectKey(key: string): void {
  const sound =
    key.length > 0 &&
    key.length <= MAX_KEY_BYTES &&
    key
      .split("/")
      .every((segment) => SEGMENT.test(segment) && !segment.endsWith(".") && !RESERVED.test(segment));
  if (sound) return;
  throw new PoolwiseError(
    "object-key-invalid",
    `The object key ${JSON.stringify(key.slice(0, 100))} is not allowed: expected names of letters, digits and ` +
      "._=+@- separated by single slashes, none beginning with a point, at most 512 characters in all.",
    { data: { length: key.length } },
  );
}

/** Refuses a prefix for `list` that no key could begin with. "" lists everything. Throws `object-key-invalid`. */
export function assertObjectPrefix(prefix: string): void {
  if (prefix !== "") assertObjectKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
}
