import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Of a Unix socket's address, with room for its end. */
const MAX_PATH_BYTES = 100;

/** Where the process that holds the embedded database in `dataDir` takes commands from others of the same user. */
export function commandSocket(dataDir: string): string {
  const path = join(resolve(dataDir), "commands.sock");
  if (process.platform === "win32") return `\\\\.\\pipe\\poolwise-${digest(path)}`;
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  return join(tmpdir(), `poolwise-${process.getuid?.() ?? 0}-${digest(path)}.sock`);
}

/** A socket in a folder that all may write to could be somebody else's. */
export async function isOwnSocket(path: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  const found = await stat(path).catch(() => undefined);
  return found?.isSocket() === true && found.uid === process.getuid?.();
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
