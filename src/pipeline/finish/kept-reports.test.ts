import { expect, test } from "vitest";
import type { BegunReports } from "./begin-reports.ts";
import { createKeptReports } from "./kept-reports.ts";

function begun(): BegunReports & { givenUp: boolean } {
  return {
    givenUp: false,
    written: Promise.resolve(),
    place: () => Promise.reject(new Error("not in this test")),
    giveUp() {
      this.givenUp = true;
      return Promise.resolve();
    },
  };
}

test("reports-are-handed-over-once-to-whoever-finishes-their-session", async () => {
  const kept = createKeptReports();
  const reports = begun();
  kept.keep("one", reports);
  expect(kept.take("two")).toBeUndefined();
  expect(kept.take("one")).toBe(reports);
  expect(kept.take("one")).toBeUndefined();
  await kept.close();
  expect(reports.givenUp).toBe(false);
});

test("what-nobody-takes-is-given-up-the-oldest-first-and-the-rest-at-the-end", async () => {
  const kept = createKeptReports();
  const all = Array.from({ length: 25 }, begun);
  for (const [at, reports] of all.entries()) kept.keep(`session ${at}`, reports);
  const left = all.filter(({ givenUp }) => !givenUp);
  expect(left.length).toBeGreaterThan(1);
  expect(left).toEqual(all.slice(-left.length));
  await kept.close();
  expect(all.map(({ givenUp }) => givenUp)).toEqual(all.map(() => true));
});

test("what-is-begun-again-takes-the-place-of-what-was-kept", async () => {
  const kept = createKeptReports();
  const [first, second] = [begun(), begun()];
  kept.keep("one", first);
  kept.keep("one", second);
  expect(first.givenUp).toBe(true);
  expect(kept.take("one")).toBe(second);
  await kept.close();
});
