import { PoolwiseError, faultText } from "../../../billing/errors.ts";
import { refuseUnsupported } from "../../runtime/refuse-unsupported.ts";
import type { SettingName, Settings } from "../../settings/definitions.ts";
import { ENTRIES } from "../../settings/definitions.ts";
import type { Environment } from "../../settings/read-settings.ts";
import { Secret } from "../../settings/secret.ts";
import type { Finding } from "./finding.ts";
import { fail, failed, ok } from "./finding.ts";

const CHECK = "settings";

/** What is set, by name; a secret is only said to be set. */
export function checkSettings(settings: Settings, env: Environment): Finding[] {
  const set = ENTRIES.filter(([name]) => (env[name]?.trim() ?? "") !== "").map(([name]) =>
    settings[name] instanceof Secret ? `${name} (secret)` : `${name}=${shown(name, env[name] ?? "")}`,
  );
  const found = set.length === 0 ? "none is set, all have their defaults" : set.join(", ");
  return [ok(CHECK, found), ...unsupported(settings)];
}

/** An address may carry a password where nobody thought of one, and a webhook's path is often one. */
function shown(name: SettingName, value: string): string {
  const text = value
    .trim()
    .slice(0, 120)
    .replace(/\/\/[^/@\s]+@/, "//[secret]@");
  return name === "WEBHOOK_URL" ? text.replace(/^(\w+:\/\/[^/?#]+).+$/, "$1/…") : text;
}

function unsupported(settings: Settings): Finding[] {
  try {
    refuseUnsupported(settings);
    return [];
  } catch (error) {
    if (!(error instanceof PoolwiseError)) throw error;
    return error.faults.map((fault) => fail(CHECK, faultText(fault), "Unset it."));
  }
}

/** Every fault of settings that could not be read. */
export function settingFaults(error: unknown): Finding[] {
  const mend = "Set it in the environment or in .env; docs/settings.md lists all settings.";
  if (!(error instanceof PoolwiseError) || error.faults.length === 0) return [failed(CHECK, error, mend)];
  return error.faults.map((fault) => fail(CHECK, faultText(fault), mend));
}
