import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../billing/errors.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { fileOf, iccidOf, tariffOf } from "./fixtures/device-files.ts";
import { readDevices } from "./read-devices.ts";
import { readEligibility } from "./read-eligibility.ts";
import { readTariff } from "./read-tariff.ts";

const REFUSALS: readonly ErrorCode[] = [
  "input-invalid",
  "file-unreadable",
  "bounds-exceeded",
  "plan-invalid",
];

const DEVICES =
  "iccid,rate_plan,usage_mb,active_days,locked,note\r\n" +
  Array.from({ length: 12 }, (_, i) => `${iccidOf(i)},"Basic",${i}.25,${i},no,"a, ""b"" €"\r\n`).join("");
const PLANS =
  "plan,type,pool,monthly_cost,included_mb,overage_rate,overage_block_mb,min_devices,max_devices\n" +
  "A,pooled,P,1.5,1,0.0029296875,0.5,,\nB,pooled,P,2,10,0.0029296875,0.5,1,9\nC,unlimited,,9,,,,,\n";
const ELIGIBILITY = "communication_plan,plan\nLTE,Basic\nLTE,Plus\n2G,Basic\n";

type Edit = (content: Buffer) => Buffer;

const HOSTILE = [
  ",",
  '"',
  "\n",
  "\r",
  "\0",
  "\ufeff",
  ";",
  "=1+1",
  "-",
  "1e400",
  "NaN",
  "9".repeat(400),
  "''",
  " ",
];
const piece = fc.oneof(
  fc.constantFrom(...HOSTILE).map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);
const spliced = fc.tuple(fc.nat(), fc.nat(12), piece).map(([place, cut, text]): Edit => (content) => {
  const at = place % (content.length + 1);
  return Buffer.concat([content.subarray(0, at), text, content.subarray(at + cut)]);
});
const repeated = fc.tuple(fc.nat(), fc.nat(80)).map(([place, length]): Edit => (content) => {
  const at = place % (content.length + 1);
  return Buffer.concat([content.subarray(0, at + length), content.subarray(at)]);
});
const cut = fc.nat().map(
  (length): Edit =>
    (content) =>
      content.subarray(0, length % (content.length + 1)),
);
const utf16: Edit = (content) => Buffer.from(`\ufeff${content.toString()}`, "utf16le");
const edits = fc
  .array(fc.oneof({ weight: 6, arbitrary: spliced }, repeated, cut, fc.constant(utf16)), {
    minLength: 1,
    maxLength: 4,
  })
  .map(
    (all): Edit =>
      (content) =>
        all.reduce((edited, edit) => edit(edited), content),
  );

/** What reading comes to; undefined where the file is refused, with a text that a person can act on. */
async function outcome<Read>(reading: Promise<Read>): Promise<Read | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof PoolwiseError)) throw error;
    expect(REFUSALS).toContain(error.code);
    for (const { message } of error.faults.length > 0 ? error.faults : [error]) {
      expect(message.length).toBeGreaterThan(20);
      expect(message.length).toBeLessThan(1_500);
    }
    expect(error.faults.length).toBe(Math.min(20, error.faultCount));
    return undefined;
  }
}

/** Runs `examine` on edited files; the counts of those that were read and those that were refused. */
async function fuzz<Read>(
  original: string,
  read: (content: Buffer, pieceBytes: number) => Promise<Read>,
  examine: (read: Read) => void,
): Promise<{ read: number; refused: number }> {
  const counts = { read: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(edits, fc.integer({ min: 1, max: 300 }), async (edit, pieceBytes) => {
      const found = await outcome(read(edit(Buffer.from(original)), pieceBytes));
      if (found === undefined) counts.refused++;
      else {
        counts.read++;
        examine(found);
      }
    }),
    { numRuns: 1_500, seed: 20_261_126 },
  );
  return counts;
}

describe("a file that was damaged anywhere is read whole or refused, never dropped in part or crashed on", () => {
  it("devices", async () => {
    const tariff = tariffOf(["Basic", "Plus"]);
    const counts = await fuzz(
      DEVICES,
      async (content, pieceBytes) =>
        await readDevices(fileOf(content, "devices.csv", pieceBytes), tariff, { maxQuarantinedShare: 0.9 }),
      (devices) => {
        const { rows, quarantined, identicalDuplicates } = devices.counts;
        expect(devices.size + quarantined + identicalDuplicates).toBe(rows);
        expect([...devices.rows()]).toHaveLength(devices.size + quarantined);
        for (let sim = 0; sim < devices.size; sim++) {
          expect(devices.iccid(sim)).toMatch(/^\d{18,22}$/);
          expect(devices.ratePlan[sim]).toBeLessThan(2);
          const usage = devices.usageBytes[sim] as number;
          expect(Number.isNaN(usage) || (Number.isSafeInteger(usage) && usage >= 0)).toBe(true);
        }
      },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(30);
  });

  it("rate plans", async () => {
    const counts = await fuzz(
      PLANS,
      async (content, pieceBytes) =>
        await readTariff(
          { plans: fileOf(content, "plans.csv", pieceBytes) },
          { currency: "USD", cycleDays: 30 },
        ),
      ({ tariff }) => {
        expect(new Set(tariff.plans.map((plan) => plan.code)).size).toBe(tariff.plans.length);
        for (const plan of tariff.plans) {
          expect(plan.monthlyCost).toBeGreaterThanOrEqual(0n);
          expect(plan.overage === "none" || (plan.overageRate > 0n && plan.overageBlockBytes > 0)).toBe(true);
          expect(plan.minDevices).toBeLessThanOrEqual(plan.maxDevices);
        }
      },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(30);
  });

  it("eligibility", async () => {
    const tariff = tariffOf(["Basic", "Plus"]);
    const counts = await fuzz(
      ELIGIBILITY,
      async (content, pieceBytes) =>
        await readEligibility(fileOf(content, "eligibility.csv", pieceBytes), tariff),
      ({ eligibility }) => {
        for (const plans of eligibility?.values() ?? [])
          for (const plan of plans) expect(["Basic", "Plus"]).toContain(plan);
      },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(30);
  });
});
