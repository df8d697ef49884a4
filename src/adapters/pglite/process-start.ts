import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const START_TIME_FIELD = 19;

/** From /proc: the boot it belongs to and the clock tick it started at. A zombie has ended. */
async function startInProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The command's name stands in parentheses and may hold anything, blanks and parentheses included.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  return `${boot.trim()}/${fields[START_TIME_FIELD] ?? ""}`;
}

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
      env: { LC_ALL: "C" },
    });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return isRunning(pid) ? "running" : undefined;
  }
}

/** All that can be known where there is no ps: a process id that is used again then counts as the same process. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** When the process started, in the system's own words; undefined where there is no such process. */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return await startByPs(pid);
  return await startInProc(pid).catch(() => undefined);
}
