import { randomUUID } from "node:crypto";
import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openFolderObjects } from "../../../adapters/objects-folder/open-folder-objects.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, textOf, warn } from "./finding.ts";

const MEBIBYTE = 1_048_576;
const LOW_MIB = 1_024;
const TOO_LOW_MIB = 100;

/** Whether a folder can be written to, and how much room there is. */
export async function checkDisk(check: string, folder: string): Promise<Finding[]> {
  const probe = join(folder, `.doctor-${randomUUID()}`);
  try {
    await writeFile(probe, "doctor", { flag: "wx" });
  } catch (error) {
    return [fail(check, textOf(error), `Let this user write to ${folder}, or make room on its disk.`)];
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const found = `${folder} takes files, ${free.toLocaleString("en-US")} MiB free`;
  if (free < TOO_LOW_MIB) return [fail(check, found, "Make room on its disk.")];
  return [
    free < LOW_MIB ? warn(check, found, "Make room on its disk before a large session.") : ok(check, found),
  ];
}

/** Writes, reads and deletes an object. */
export async function checkObjects(folder: string): Promise<Finding[]> {
  const objects = await openFolderObjects({ folder });
  const key = `doctor/${randomUUID()}`;
  await objects.put(key, key);
  const read: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) read.push(chunk as Uint8Array);
  await objects.delete(key);
  if (Buffer.concat(read).toString() === key)
    return [ok("object store", `${folder}: wrote, read and deleted a probe`)];
  return [fail("object store", `${folder} gave back other bytes than were written`, "Check its disk.")];
}
