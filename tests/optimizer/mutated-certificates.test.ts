import { describe, expect, test } from "vitest";
import type { CheckInputs } from "../../src/certificate/check-inputs.ts";
import { ATTO_PLACES, readDecimal } from "../../src/certificate/exact.ts";
import { PLAIN_SETTINGS, check, linesOf } from "../../src/certificate/fixtures/claims.ts";
import { leastObjective } from "../../src/optimizer/fixtures/brute-force.ts";
import { optimize } from "../../src/optimizer/fixtures/certify.ts";
import { FAMILY_NAMES, randomCase } from "../../src/optimizer/fixtures/random-case.ts";
import type { Random } from "../../src/optimizer/random.ts";
import { seededRandom } from "../../src/optimizer/random.ts";
import { certificateText } from "../../src/pipeline/optimize/certificate-document.ts";

const FLEETS = 6;
const MUTATIONS = 250;
const HASHES = { devices: "d".repeat(64), plans: "a".repeat(64) };
const ATTOS_PER_MICRO = 10n ** 12n;

/** What a certificate says of the result: all of it after the settings, which say what problem it is about. */
function mutate(text: string, random: Random): string {
  const from = text.indexOf('"bill"');
  const below = (count: number): number => Math.floor(random() * count);
  const place = (): number => from + below(text.length - from);
  const digits = [...text.slice(from).matchAll(/\d/g)].map(({ index }) => from + index);
  const at = digits[below(digits.length)] as number;
  const cut = (start: number, length: number): string => text.slice(0, start) + text.slice(start + length);
  switch (below(6)) {
    case 0:
    case 1:
      return `${text.slice(0, at)}${below(10)}${text.slice(at + 1)}`;
    case 2:
      return `${text.slice(0, at)}${below(1000)}${text.slice(at)}`;
    case 3:
      return cut(place(), 1 + below(4));
    case 4:
      return text.replaceAll(/"at_most":|"at_least":/g, (key) =>
        random() < 0.5 ? key : key === '"at_most":' ? '"at_least":' : '"at_most":',
      );
    default: {
      const [a, b] = [place(), place()].toSorted((one, other) => one - other) as [number, number];
      return text.slice(0, a) + text.slice(a, b).replaceAll(/\d/g, () => String(below(10))) + text.slice(b);
    }
  }
}

describe.each(FAMILY_NAMES)("on %s", (family) => {
  test("whatever is changed in a certificate, what is accepted is true", () => {
    const random = seededRandom(FAMILY_NAMES.indexOf(family) + 1);
    const counts = { fleets: 0, held: 0, refused: 0 };
    for (let seed = 0; counts.fleets < FLEETS && seed < 60; seed++) {
      const run = randomCase(family, 5_000 + seed, 2 + (seed % 5), 3);
      const least = leastObjective(run.prepared.problem);
      if (!Number.isFinite(least)) continue;
      counts.fleets++;
      const done = optimize(run, () => counts.fleets % 2 === 0);
      const text = certificateText(done, { inputs: HASHES, quarantine: false }) ?? "";
      const { fleet, tariff, eligibility } = run;
      const inputs: CheckInputs = {
        fleet,
        tariff,
        eligibility,
        setAside: new Set(),
        quarantined: [],
        hashes: HASHES,
      };
      const codes = Array.from(done.recommended, (plan) => tariff.plans[plan]?.code ?? "");
      const period = { start: "2026-06-01", end: "2026-07-01" };
      const lines = linesOf(inputs, { ...PLAIN_SETTINGS, period }, codes);
      expect(check(inputs, lines, text), run.name).toMatchObject({ holds: true, reasons: [] });
      for (let step = 0; step < MUTATIONS; step++) {
        const mutated = mutate(text, random);
        const result = check(inputs, lines, mutated);
        counts[result.holds ? "held" : "refused"]++;
        if (!result.holds) continue;
        const claim = JSON.parse(mutated) as { bill: string; bound: string };
        expect(readDecimal(claim.bill, 6), mutated).toBe(BigInt(done.after.total));
        expect(
          (readDecimal(claim.bound, ATTO_PLACES) ?? -1n) <= BigInt(least) * ATTOS_PER_MICRO,
          mutated,
        ).toBe(true);
      }
    }
    expect(counts.fleets).toBe(FLEETS);
    expect(Math.min(counts.held, counts.refused)).toBeGreaterThan(10);
  });
});
