import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, constants, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PoolwiseError } from "../../billing/errors.ts";
import { assertObjectKey, assertObjectPrefix } from "../../ports/object-store.ts";
import type { ObjectStore, StoredObject } from "../../ports/object-store.ts";

export interface FolderObjectsOptions {
  /** OBJECT_STORE, or `objects` in DATA_DIR. Made where it is missing. */
  readonly folder: string;
  /** Where `serve` hands objects out: links are `<address>/<key>?expires=…&signature=…`. undefined: no links. */
  readonly links?: { readonly address: string; readonly secret: string };
}

/** Drafts stand beside the objects, so that a rename is one step; no key can begin with a point. */
const DRAFTS = ".drafts";
/** Who writes a draft adds to it sooner: one older was left by a process that was killed. */
const DRAFT_LIFE_MS = 24 * 3_600_000;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function storeError(error: unknown, doing: string): unknown {
  if (error instanceof PoolwiseError) return error;
  const code = codeOf(error);
  if (!/^E[A-Z]+$/.test(code)) return error;
  const advice =
    code === "ENOSPC"
      ? "Make room on its disk."
      : "Check that the folder exists and that this user may write there.";
  return new PoolwiseError(
    "object-store-failed",
    `${doing} failed: ${error instanceof Error ? error.message : code}. ${advice}`,
    {
      data: { code },
      cause: error,
    },
  );
}

async function forceToDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sweepDrafts(drafts: string): Promise<void> {
  const before = Date.now() - DRAFT_LIFE_MS;
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name);
    // Another process that sweeps may be quicker, and what is another user's is left to them.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) await rm(path, { force: true }).catch(() => undefined);
  }
}

const signatureOf = (secret: string, key: string, expires: number): Buffer =>
  createHmac("sha256", secret).update(`${expires}\n${key}`).digest();

/** Whether a link's `expires` (seconds since 1970) and `signature` are ours and not over at `nowMs`. */
export function isLinkValid(
  secret: string,
  key: string,
  expires: string,
  signature: string,
  nowMs: number,
): boolean {
  if (!/^\d{1,12}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return (
    timingSafeEqual(signatureOf(secret, key, Number(expires)), Buffer.from(signature, "hex")) &&
    Number(expires) * 1_000 > nowMs
  );
}

/** The object store port in a folder. */
export async function openFolderObjects({ folder, links }: FolderObjectsOptions): Promise<ObjectStore> {
  const drafts = join(folder, DRAFTS);
  try {
    await mkdir(drafts, { recursive: true });
    await sweepDrafts(drafts);
  } catch (error) {
    throw storeError(error, `Making the object store's folder ${folder}`);
  }

  function pathOf(key: string): string {
    assertObjectKey(key);
    return join(folder, ...key.split("/"));
  }

  async function head(key: string): Promise<StoredObject | undefined> {
    try {
      const found = await stat(pathOf(key));
      return found.isFile() ? { key, sizeBytes: found.size, modifiedAt: found.mtime } : undefined;
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw storeError(error, `Looking for ${key}`);
    }
  }

  async function writeDraft(
    draft: string,
    content: Readable | Uint8Array | string,
  ): Promise<{ sizeBytes: number; sha256: string }> {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const measure = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        done(null, chunk);
      },
    });
    const source = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
    await pipeline(source, measure, createWriteStream(draft, { flags: "wx" }));
    await forceToDisk(draft);
    return { sizeBytes, sha256: hash.digest("hex") };
  }

  async function* walk(directory: string, prefix: string, wanted: string): AsyncGenerator<StoredObject> {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
      throw storeError(error, "Listing the object store");
    });
    const named = entries
      .filter(({ name }) => !name.startsWith("."))
      .map((entry) => ({ entry, path: `${prefix}${entry.name}${entry.isDirectory() ? "/" : ""}` }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    for (const { entry, path } of named) {
      if (!path.startsWith(wanted) && !wanted.startsWith(path)) continue;
      if (entry.isDirectory()) yield* walk(join(directory, entry.name), path, wanted);
      else if (path.startsWith(wanted)) {
        const found = await head(path);
        if (found !== undefined) yield found;
      }
    }
  }

  return {
    async put(key, content) {
      const path = pathOf(key);
      const draft = join(drafts, randomUUID());
      try {
        const written = await writeDraft(draft, content);
        await mkdir(dirname(path), { recursive: true });
        await rename(draft, path);
        await forceToDisk(dirname(path));
        return { key, ...written };
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw storeError(error, `Writing ${key}`);
      }
    },
    async get(key) {
      const path = pathOf(key);
      if ((await head(key)) === undefined) {
        throw new PoolwiseError("object-missing", `There is no object ${key} in ${folder}${sep}.`, {
          data: { key },
        });
      }
      return createReadStream(path);
    },
    head,
    async *list(prefix) {
      assertObjectPrefix(prefix);
      yield* walk(folder, "", prefix);
    },
    async delete(key) {
      const path = pathOf(key);
      if ((await head(key)) === undefined) return false;
      await rm(path, { force: true });
      return true;
    },
    async link(key, expiresSeconds) {
      assertObjectKey(key);
      await Promise.resolve();
      if (links === undefined) return undefined;
      const expires = Math.floor(Date.now() / 1_000) + expiresSeconds;
      return `${links.address}/${key}?expires=${expires}&signature=${signatureOf(links.secret, key, expires).toString("hex")}`;
    },
    async health() {
      try {
        await access(drafts, constants.W_OK);
        return { ok: true };
      } catch (error) {
        return { ok: false, reason: String(error) };
      }
    },
  };
}
