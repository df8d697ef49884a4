import { existsSync } from "node:fs";
import { openDatabasePace } from "../../../adapters/pace-database/open-database-pace.ts";
import { openPgBossQueue } from "../../../adapters/queue-pgboss/open-pgboss-queue.ts";
import { createLocalPace } from "../../../carriers/local-pace.ts";
import { openCarriers } from "../../../pipeline/carriers/open-carriers.ts";
import { PIPELINE_QUEUES } from "../../../pipeline/context.ts";
import type { Database } from "../../../ports/database.ts";
import { accountSecrets } from "../../runtime/account-secrets.ts";
import { objectFolder } from "../../runtime/object-links.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { Environment } from "../../settings/read-settings.ts";
import { checkAccounts } from "./check-accounts.ts";
import { checkClock, checkDatabase, checkSchema } from "./check-database.ts";
import { checkDisk, checkObjects } from "./check-disk.ts";
import { checkMail, checkRedis, checkWebhook } from "./check-outside.ts";
import { checkDeadLetters, checkQueues, hasQueueTables } from "./check-queue.ts";
import { checkNotifications, checkSessions } from "./check-work.ts";
import type { Finding } from "./finding.ts";
import { look, ok, warn } from "./finding.ts";

/** Everything that needs no database. */
export async function examineSurroundings(settings: Settings): Promise<readonly Finding[]> {
  const { DATA_DIR: folder } = settings;
  const objects = objectFolder(settings);
  const mend = "Let this user write there, or make room.";
  const looks = await Promise.all([
    existsSync(folder) ? look("disk", async () => checkDisk("disk", folder), mend) : [notMade(folder)],
    existsSync(folder) || settings.OBJECT_STORE !== undefined
      ? look("object store", async () => checkObjects(objects), mend)
      : [],
    look("cache", async () => checkRedis(settings)),
    look("mail", async () => checkMail(settings)),
  ]);
  return [...looks.flat(), ...checkWebhook(settings)];
}

const notMade = (folder: string): Finding =>
  warn("disk", `${folder} is not there yet`, "poolwise migrate makes it, as does any command that needs it.");

/** Everything that stands in the database, or is named there. */
export async function examineDatabase(
  database: Database,
  settings: Settings,
  env: Environment,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [...(await look("database", async () => checkDatabase(database)))];
  if (findings.some(({ status }) => status === "fail")) return findings;
  findings.push(...(await look("clock", async () => checkClock(database))));
  let isCurrent = false;
  const schema = await look("schema", async () => {
    const state = await checkSchema(database);
    ({ isCurrent } = state);
    return state.findings;
  });
  findings.push(...schema);
  if (!isCurrent) return findings;
  const parts = {
    database,
    carriers: openCarriers({
      timeoutMs: settings.JASPER_TIMEOUT,
      secretOf: accountSecrets(env, new Set()),
      pace: database.kind === "pglite" ? createLocalPace() : openDatabasePace(database),
      now: Date.now,
    }),
    windowDays: settings.OPTIMIZATION_WINDOW_DAYS,
    nowMs: Date.now(),
  };
  for (const [check, work] of [
    ["queue", async () => lookIntoQueues(database)],
    ["dead letters", async () => checkDeadLetters(database)],
    ["sessions", async () => checkSessions(database)],
    ["notifications", async () => checkNotifications(database, settings)],
    ["carrier accounts", async () => checkAccounts(parts)],
  ] as const)
    findings.push(...(await look(check, work)));
  return findings;
}

async function lookIntoQueues(database: Database): Promise<Finding[]> {
  if (!(await hasQueueTables(database)))
    return [ok("queue", "its tables are not made yet; the first session or worker makes them")];
  const queue = await openPgBossQueue(database, { queues: PIPELINE_QUEUES, maintain: false });
  try {
    return await checkQueues(queue);
  } finally {
    await queue.close();
  }
}
