import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Fault } from "../../billing/errors.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { ENTRIES } from "./definitions.ts";
import type { SettingName, Settings } from "./definitions.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, and below it what stands in `.env`. @throws PoolwiseError `settings-invalid` where `.env` cannot be read. */
export function readEnvironment(env: Environment, cwd: string): Environment {
  const file = join(cwd, ".env");
  try {
    return { ...parseEnv(readFileSync(file, "utf8")), ...env };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return env;
    throw new PoolwiseError("settings-invalid", `${file} cannot be read: ${String(error)}.`, {
      cause: error,
    });
  }
}

/**
 * Settings from an environment. A setting that is empty counts as not set.
 * @throws PoolwiseError `settings-invalid` with every fault; none shows a secret.
 */
export function parseSettings(env: Environment): Settings {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { kind, fallback }] of ENTRIES) {
    const given = env[name]?.trim() ?? "";
    const written = given === "" ? fallback : given;
    if (written === undefined) continue;
    const parsed = kind.schema.safeParse(written);
    if (parsed.success) values[name] = parsed.data;
    else
      faults.push(faultOf(name, kind.secret === true ? undefined : written, parsed.error.issues[0]?.message));
  }
  faults.push(...missing(values));
  if (faults.length > 0) throw invalid(faults);
  return values as Settings;
}

/** Settings of this process, from its environment and `.env`. */
export function readSettings(env: Environment, cwd: string): Settings {
  return parseSettings(readEnvironment(env, cwd));
}

const NEEDED: readonly (readonly [SettingName, SettingName])[] = [
  ["SMTP_URL", "EMAIL_FROM"],
  ["WEBHOOK_URL", "WEBHOOK_SECRET"],
];

function missing(values: Readonly<Record<string, unknown>>): Fault[] {
  return NEEDED.filter(([given, needed]) => values[given] !== undefined && values[needed] === undefined).map(
    ([given, needed]) => ({ message: `${needed} is not set, and ${given} needs it.` }),
  );
}

function faultOf(name: string, got: string | undefined, expected = "another value"): Fault {
  const shown = got === undefined ? "what it is set to is wrong" : `is ${JSON.stringify(got.slice(0, 80))}`;
  return { message: `${name}: ${shown}; expected ${expected}.` };
}

function invalid(faults: readonly Fault[]): PoolwiseError {
  const count = faults.length === 1 ? "A setting is" : `${faults.length} settings are`;
  return new PoolwiseError(
    "settings-invalid",
    `${count} wrong. Set them in the environment or in .env; docs/settings.md lists all.`,
    { faults, faultCount: faults.length },
  );
}
