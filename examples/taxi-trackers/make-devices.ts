/**
 * Makes devices.csv from the daily figures of the trackers:
 *   node examples/taxi-trackers/make-devices.ts taxi-trackers-usage-daily.csv > devices.csv
 */
import { readFileSync } from "node:fs";

const BYTES_PER_FIX = 200;
const BYTES_PER_MB = 1_048_576;
const DAYS_OBSERVED = 24;
const DAYS_IN_CYCLE = 30;
const PLACES = 20;

const fixesOf = new Map<string, number>();
for (const line of readFileSync(process.argv[2] ?? "/dev/stdin", "utf8")
  .trim()
  .split("\n")
  .slice(1)) {
  const [device = "", , decimalMegabytes = ""] = line.split(",");
  const fixes = Math.round((Number(decimalMegabytes) * 1_000_000) / BYTES_PER_FIX);
  fixesOf.set(device, (fixesOf.get(device) ?? 0) + fixes);
}

const rows = [...fixesOf]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, fixes], index) => {
    const bytes = Math.ceil((fixes * BYTES_PER_FIX * DAYS_IN_CYCLE) / DAYS_OBSERVED);
    return `${iccidOf(index)},Share 10MB,${exactMegabytes(bytes)},${fixes}`;
  });
process.stdout.write(`iccid,rate_plan,usage_mb,fixes_in_24_days\n${rows.join("\n")}\n`);

/** A byte is 2^-20 MB, so 20 decimals hold it exactly. */
function exactMegabytes(bytes: number): string {
  const scaled = (BigInt(bytes) * 10n ** BigInt(PLACES)) / BigInt(BYTES_PER_MB);
  const digits = scaled.toString().padStart(PLACES + 1, "0");
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`.replace(/\.?0+$/, "");
}

/** 19 digits that no network uses; the last checks by Luhn. */
function iccidOf(index: number): string {
  const body = `8999992${String(index).padStart(11, "0")}`;
  let sum = 0;
  for (let place = 0; place < body.length; place++) {
    const digit = Number(body[body.length - 1 - place]) * (place % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return body + String((10 - (sum % 10)) % 10);
}
