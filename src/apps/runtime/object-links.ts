import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../settings/definitions.ts";

export interface ObjectLinks {
  readonly address: string;
  readonly secret: string;
}

/** Below PUBLIC_URL: where `serve` hands out objects to whoever has a signed link. */
export const OBJECTS_PATH = "/objects";

/** How links to reports are made; undefined where nobody said under which address `serve` is reached. */
export async function objectLinks(
  settings: Pick<Settings, "PUBLIC_URL" | "DATA_DIR">,
): Promise<ObjectLinks | undefined> {
  if (settings.PUBLIC_URL === undefined) return undefined;
  const secret = await ownSecret(settings.DATA_DIR);
  return { address: settings.PUBLIC_URL.replace(/\/+$/, "") + OBJECTS_PATH, secret };
}

/** Made once for this DATA_DIR; only its owner may read it. */
async function ownSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, "link-secret");
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 }).catch(
    (error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    },
  );
  return (await readFile(file, "utf8")).trim();
}
