import { lockFolder } from "./folder-lock.ts";
import { openPglite } from "./open-pglite.ts";

/** Run as a process of its own: holds a folder until it is killed, and tells its parent how it went. */
const [, , mode = "", folder = ""] = process.argv;

function tell(word: string): void {
  process.stdout.write(`${word}\n`);
}

async function holdLock(): Promise<void> {
  await lockFolder(folder, "fixture");
  tell("held");
  setInterval(() => undefined, 60_000);
}

async function writeForEver(): Promise<void> {
  const database = await openPglite({ folder, purpose: "fixture" });
  await database.script("CREATE TABLE IF NOT EXISTS kept (batch integer, row integer)");
  tell("held");
  for (let batch = 1; ; batch++) {
    await database.transaction(async (transaction) => {
      const rows = Array.from({ length: 500 }, (_, row) => `${batch}\t${row}\n`);
      await transaction.copyIn({ table: "kept", columns: ["batch", "row"] }, rows);
    });
    tell(`committed ${batch}`);
  }
}

try {
  await (mode === "lock" ? holdLock() : writeForEver());
} catch (error) {
  tell(`refused ${error instanceof Error ? error.message : String(error)}`);
}
