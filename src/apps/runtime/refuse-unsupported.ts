import { PoolwiseError } from "../../billing/errors.ts";
import type { SettingName, Settings } from "../settings/definitions.ts";

const AWS: readonly SettingName[] = [
  "CARRIER_OPTIMIZATION_QUEUE_URL",
  "DEVICE_SYNC_QUEUE_URL",
  "SNS_TOPIC_ARN",
  "PARAMETER_STORE_PREFIX",
];

/**
 * A setting that is taken and does nothing would be worse than one that is refused.
 * @throws PoolwiseError `settings-invalid` naming each.
 */
export function refuseUnsupported(settings: Settings): void {
  const named: string[] = AWS.filter((name) => settings[name] !== undefined);
  if (settings.OBJECT_STORE !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(settings.OBJECT_STORE))
    named.push("OBJECT_STORE");
  if (named.length === 0) return;
  const faults = named.map((name) => ({
    message: `${name}: AWS services are not supported by this version; unset it.`,
  }));
  throw new PoolwiseError("settings-invalid", "Settings ask for what this version does not have.", {
    faults,
  });
}
