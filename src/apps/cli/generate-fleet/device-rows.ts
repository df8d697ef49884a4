import { CYCLE_DAYS, DEVICE_KINDS, partOfCycle, pick, type DeviceKind } from "./device-kinds.ts";
import { LOCATIONS } from "./plan-sheet.ts";
import { seededRandom, type Random } from "./random.ts";

const HEADER = "iccid,rate_plan,usage_mb,communication_plan,status,active_days,location,locked,cost_centre\n";
const ROWS_A_CHUNK = 1_000;

/** Major industry, country and issuer of the ICCIDs: a block that no network uses. */
const ICCID_PREFIX = "8999990";

const SILENT = 0.07;
const STARTED_IN_THE_CYCLE = 0.03;
const BROKE_IN_THE_CYCLE = 0.02;
const NOT_BILLED = 0.015;
const UNKNOWN_USAGE = 0.002;
const LOCKED = 0.01;
const MAX_MB = 1_000_000;

/** The devices file, some rows at a time. */
export function* deviceChunks(options: {
  readonly devices: number;
  readonly seed: number;
}): Generator<string, void, undefined> {
  const random = seededRandom(options.seed);
  let chunk = HEADER;
  for (let device = 0; device < options.devices; device++) {
    chunk += deviceRow(device, random);
    if (device % ROWS_A_CHUNK !== ROWS_A_CHUNK - 1) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}

function deviceRow(device: number, random: Random): string {
  const kind = pick(DEVICE_KINDS, random.uniform());
  const plan = pick(kind.plans, random.uniform()).code;
  const life = random.uniform();
  const days = life < STARTED_IN_THE_CYCLE + BROKE_IN_THE_CYCLE ? partOfCycle(random) : CYCLE_DAYS;
  const usage = usageText(kind, days / CYCLE_DAYS, random);
  const started = life < STARTED_IN_THE_CYCLE ? String(days) : "";
  const status = random.uniform() < NOT_BILLED ? "DEACTIVATED" : "ACTIVATED";
  const location = pick(LOCATIONS, random.uniform()).name;
  const locked = random.uniform() < LOCKED ? "yes" : "no";
  const centre = kind.costCentres[Math.floor(random.uniform() * kind.costCentres.length)] ?? "";
  return `${iccidOf(device)},${plan},${usage},${kind.communicationPlan},${status},${started},${location},${locked},${centre}\n`;
}

/** Usage of a part of the cycle in MB with six decimals; "" where it is not known. */
function usageText(kind: DeviceKind, part: number, random: Random): string {
  const fate = random.uniform();
  const whole = kind.usageMb(random) * part;
  const firmware = random.uniform() < kind.firmware.share ? kind.firmware.mb : 0;
  if (fate < SILENT) return "0";
  if (fate > 1 - UNKNOWN_USAGE) return "";
  return Math.min(whole + firmware, MAX_MB).toFixed(6);
}

/** 19 digits, the last of them the check digit by Luhn. */
function iccidOf(device: number): string {
  const body = ICCID_PREFIX + String(device).padStart(11, "0");
  let sum = 0;
  for (let place = 0; place < body.length; place++) {
    const digit = body.charCodeAt(body.length - 1 - place) - 0x30;
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return body + String((10 - (sum % 10)) % 10);
}
