import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import { processStart } from "./process-start.ts";

const holderSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** When that process started, as its system tells it: a process id is used again, this is not. */
  processStart: z.string(),
  purpose: z.string(),
  since: z.string(),
  /** Where the holder answers, for programs that would go through it. */
  address: z.string().optional(),
});

export type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  announce(address: string): Promise<void>;
  release(): Promise<void>;
}

const SUFFIX = ".lock";
const ATTEMPTS = 6;

const locksOf = (folder: string): string => join(folder, "locks");

async function writeHolder(file: string, holder: Holder): Promise<void> {
  const draft = `${file}.draft`;
  await writeFile(draft, JSON.stringify(holder));
  await rename(draft, file);
}

async function readHolderFile(file: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // It was let go between listing and reading, or is no lock of ours.
    return undefined;
  }
}

/** A holder on another host cannot be asked and counts as alive. */
async function isAlive(holder: Holder): Promise<boolean> {
  return holder.host !== hostname() || (await processStart(holder.pid)) === holder.processStart;
}

/** The living holders of the folder beside `own`; the files of dead ones are removed. */
async function livingHolders(locks: string, own: string): Promise<Holder[]> {
  const living: Holder[] = [];
  for (const name of await readdir(locks)) {
    if (!name.endsWith(SUFFIX) || name === own) continue;
    const holder = await readHolderFile(join(locks, name));
    if (holder === undefined) continue;
    if (await isAlive(holder)) living.push(holder);
    else await rm(join(locks, name), { force: true });
  }
  return living;
}

function locked(folder: string, holder: Holder): PoolwiseError {
  const where = holder.address === undefined ? "" : ` It answers at ${holder.address}.`;
  const elsewhere =
    holder.host === hostname()
      ? "Stop it first, or go through it."
      : `If that machine is gone, remove ${join(locksOf(folder), "*.lock")}.`;
  return new PoolwiseError(
    "database-locked",
    `The database in ${folder} is held by process ${holder.pid} (${holder.purpose}) on ${holder.host} since ${holder.since}.` +
      `${where} Two processes on one embedded database would lose data. ${elsewhere} For several processes set DATABASE_URL.`,
    { data: { folder, ...holder } },
  );
}

/** Who holds the folder's database now, if anybody. */
export async function readHolder(folder: string): Promise<Holder | undefined> {
  const names = await readdir(locksOf(folder)).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(SUFFIX))) {
    const holder = await readHolderFile(join(locksOf(folder), name));
    if (holder !== undefined && (await isAlive(holder))) return holder;
  }
  return undefined;
}

/**
 * Takes the folder for this process, or throws `database-locked` and says who has it. Every process first
 * writes a file of its own and then looks for others: of two that come at once, at least one sees the other.
 * A process that ended without letting go, even by kill -9, is known by its start time and does not count.
 */
export async function lockFolder(folder: string, purpose: string): Promise<FolderLock> {
  const locks = locksOf(folder);
  await mkdir(locks, { recursive: true });
  const own = `${process.pid}-${randomUUID()}${SUFFIX}`;
  const file = join(locks, own);
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    processStart: (await processStart(process.pid)) ?? "unknown",
    purpose,
    since: new Date().toISOString(),
  };
  for (let attempt = 1; ; attempt++) {
    await writeHolder(file, holder);
    const [other] = await livingHolders(locks, own);
    if (other === undefined) break;
    await rm(file, { force: true });
    if (attempt === ATTEMPTS) throw locked(folder, other);
    await sleep(20 + Math.random() * 80);
  }
  const removeAtExit = (): void => rmSync(file, { force: true });
  process.on("exit", removeAtExit);
  return {
    announce: (address) => writeHolder(file, { ...holder, address }),
    async release() {
      process.off("exit", removeAtExit);
      await rm(file, { force: true });
    },
  };
}
