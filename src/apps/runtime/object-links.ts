import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../settings/definitions.ts";

export interface ObjectLinks {
  readonly address: string;
  readonly secret: string;
}

/** Below PUBLIC_URL: where `serve` hands out objects to whoever has a signed link. */
export const OBJECTS_PATH = "/objects";

/** No key of an object begins with a point. */
const SECRET_FILE = ".link-secret";

export const objectFolder = ({
  OBJECT_STORE,
  DATA_DIR,
}: Pick<Settings, "OBJECT_STORE" | "DATA_DIR">): string => OBJECT_STORE ?? join(DATA_DIR, "objects");

/** How links to reports are made; undefined where nobody said under which address `serve` is reached. */
export async function objectLinks(
  settings: Pick<Settings, "PUBLIC_URL" | "OBJECT_STORE" | "DATA_DIR">,
): Promise<ObjectLinks | undefined> {
  if (settings.PUBLIC_URL === undefined) return undefined;
  const secret = await sharedSecret(objectFolder(settings));
  return { address: settings.PUBLIC_URL.replace(/\/+$/, "") + OBJECTS_PATH, secret };
}

/**
 * Made once, beside the objects: whoever shares the objects makes and takes the same links. Its name appears when its
 * content is there, however many make it at once; only its owner may read it.
 */
async function sharedSecret(folder: string): Promise<string> {
  const file = join(folder, SECRET_FILE);
  const known = await readFile(file, "utf8").catch(whereMissing);
  if (known !== undefined) return known.trim();
  const draft = `${file}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  await writeFile(draft, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  try {
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

function whereMissing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
