import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing. In place of `recursive` of Node's mkdir, which never ends where a
 * folder that exists takes no entries (`/proc/x/y`).
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) missing.push(at);
  for (const folder of missing.toReversed()) {
    await mkdir(folder).catch(async (error: unknown) => {
      if (!(await isFolder(folder))) throw error;
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined && !found.isDirectory())
    throw Object.assign(new Error(`${path} is a file, not a folder`), { code: "ENOTDIR" });
  return found !== undefined;
}
