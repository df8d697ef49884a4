import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Database } from "../../ports/database.ts";
import { openDatabase } from "../runtime/open-database.ts";
import type { Settings } from "../settings/definitions.ts";
import type { Environment } from "../settings/read-settings.ts";
import type { CliContext } from "./context.ts";
import { checkSettings, settingFaults } from "./doctor/check-settings.ts";
import { examineDatabase, examineSurroundings } from "./doctor/examine.ts";
import type { Finding } from "./doctor/finding.ts";
import { failed, ok, warn } from "./doctor/finding.ts";
import { hostOf } from "./store/hosted.ts";
import { commandSettings, forwardOrOpen } from "./store/in-store.ts";
import type { Colour, Format } from "./terminal/colour.ts";
import { printable } from "./terminal/printable.ts";
import { readVersion } from "./version.ts";

interface Options {
  readonly json?: true;
}

export function register(program: Command, context: CliContext): void {
  program
    .command("doctor")
    .description(
      "Checks settings, database, queue, storage, mail, carriers and clocks, and says how to mend what is wrong.",
    )
    .option("--json", "print what was found as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: Options) => doctor(program, options, context));
}

const HELP = `
It signs in at the mail server, makes one call to each carrier account, and writes a probe to the object store; it sends
nothing and calls no webhook. Where another process holds the embedded database, it runs there, with that one's
settings. No secret is shown. Ends with 1 where something fails; warnings are no failure.

Example:
  poolwise doctor
`;

async function doctor(program: Command, options: Options, context: CliContext): Promise<void> {
  const findings = await examine(program, context);
  if (findings === "forwarded") return;
  const failures = findings.filter(({ status }) => status === "fail").length;
  if (options.json) context.print(JSON.stringify({ ok: failures === 0, checks: findings }));
  else context.print(findingsText(findings, context.colour));
  if (failures > 0) context.setExitStatus(1);
}

async function examine(program: Command, context: CliContext): Promise<readonly Finding[] | "forwarded"> {
  const host = hostOf(context);
  if (host !== undefined) {
    const { settings, env, db } = host.runtime;
    const where = ok(
      "program",
      `${programText()}; in process ${process.pid}, which holds the embedded database`,
    );
    return [where, ...(await examineAll(settings, env, db))];
  }
  let read: ReturnType<typeof commandSettings>;
  try {
    read = commandSettings(context);
  } catch (error) {
    return [ok("program", programText()), ...settingFaults(error)];
  }
  const { settings, env } = read;
  const start = ok("program", programText());
  if (settings.DATABASE_URL === undefined && !existsSync(settings.DATA_DIR)) {
    const none = warn(
      "database",
      "there is none yet",
      "poolwise migrate makes it, as does any command that needs it.",
    );
    return [start, ...checkSettings(settings, env), ...(await examineSurroundings(settings)), none];
  }
  try {
    const db = await forwardOrOpen(program, context, settings, async (purpose) =>
      openDatabase(settings, purpose),
    );
    if (db === "forwarded") return "forwarded";
    try {
      return [start, ...(await examineAll(settings, env, db))];
    } finally {
      await db.close();
    }
  } catch (error) {
    const without = "Mend that first: nothing that stands in the database could be looked at.";
    return [
      start,
      ...checkSettings(settings, env),
      ...(await examineSurroundings(settings)),
      failed("database", error, without),
    ];
  }
}

async function examineAll(settings: Settings, env: Environment, db: Database): Promise<readonly Finding[]> {
  return [
    ...checkSettings(settings, env),
    ...(await examineSurroundings(settings)),
    ...(await examineDatabase(db, settings, env)),
  ];
}

const programText = (): string => `Poolwise ${readVersion()} on Node ${process.version}`;

const LOOK: Readonly<Record<Finding["status"], Format>> = { ok: "green", warn: "yellow", fail: "red" };

/** A line for each finding, and under it how to mend it. */
function findingsText(findings: readonly Finding[], colour: Colour): string {
  const width = Math.min(28, Math.max(...findings.map(({ check }) => printable(check).length)));
  const lines = findings.flatMap(({ check, status, found, mend }) => [
    `${colour(LOOK[status], status.padEnd(4))}  ${printable(check).padEnd(width)}  ${printable(found)}`,
    ...(mend === undefined ? [] : [`${" ".repeat(width + 8)}→ ${printable(mend)}`]),
  ]);
  return [...lines, "", verdict(findings)].join("\n");
}

function verdict(findings: readonly Finding[]): string {
  const counted = (status: Finding["status"]): number =>
    findings.filter((each) => each.status === status).length;
  const [failures, warnings] = [counted("fail"), counted("warn")];
  if (failures + warnings === 0) return "Everything is in order.";
  const parts = [
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
    `${counted("ok")} in order`,
  ];
  return `${parts.join(", ")}.`;
}
