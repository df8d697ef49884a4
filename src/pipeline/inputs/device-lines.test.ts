import { text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatMegabytesExact } from "../../billing/decimal.ts";
import { copyLine } from "../../ports/copy-text.ts";
import { csvLine } from "../tariff/csv-text.ts";
import { deviceFile } from "./device-file.ts";

const NAME = fc.oneof(
  fc.constantFrom("M2M 5MB", "", "NB-IoT"),
  fc.string({ unit: fc.constantFrom("a", "é", "😀", ",", '"', "\\", "\t", "\r", "\n", " "), maxLength: 8 }),
);
const ROW = fc.record({
  iccid: fc.constantFrom("89014100068600000013", "890141000686000000214"),
  plan: NAME,
  usage: fc.option(
    fc.oneof(
      fc.nat({ max: 5_000_000 }),
      fc.maxSafeNat().map((value) => value % 2 ** 50),
    ),
  ),
  communicationPlan: NAME,
  status: NAME,
  days: fc.option(fc.nat({ max: 31 })),
  locked: fc.boolean(),
});

test("a-devices-file-says-what-the-rows-say-wherever-their-chunks-end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ROW), fc.integer({ min: 1, max: 60 }), async (rows, chunkBytes) => {
      const copied = rows.map(({ iccid, plan, usage, communicationPlan, status, days, locked }) =>
        copyLine([iccid, plan, usage, communicationPlan, status, days, locked]),
      );
      const lines = rows.map(({ iccid, plan, usage, communicationPlan, status, days, locked }) =>
        csvLine([
          iccid,
          plan,
          usage === null ? "" : formatMegabytesExact(usage),
          communicationPlan,
          status,
          days === null ? "" : String(days),
          locked ? "yes" : "no",
        ]),
      );
      const header = "iccid,rate_plan,usage_mb,communication_plan,status,active_days,locked\n";
      const file = await fileOf(chunksOf(Buffer.from(copied.join("")), chunkBytes), [
        "active_days",
        "locked",
      ]);
      expect(file).toBe(header + lines.join(""));
    }),
    { seed: 20261126, numRuns: 300 },
  );
});

async function* chunksOf(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function fileOf(rows: AsyncIterable<Uint8Array>, columns: readonly string[]): Promise<string> {
  return await text(deviceFile(rows, columns));
}
