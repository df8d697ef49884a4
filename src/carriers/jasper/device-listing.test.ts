import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, beginListing, requestAfter, requestsOf } from "./device-listing.ts";
import type { ListingState, ListingTerms, PageAnswer, PageRequest } from "./device-listing.ts";

const PAGE = 3;
const DAY = 86_400_000;
const TERMS: ListingTerms = {
  windowMs: 365 * DAY,
  skewMs: 5_000,
  maxTailPasses: 40,
  maxPages: 2_000,
  descents: 1,
};

/** A list as the carrier keeps it: by modification, oldest first, live. */
class LiveList {
  nowMs: number;
  sims = new Map<string, { modifiedMs: number; plan: number }>();
  edits = 0;

  constructor(nowMs: number, modified: readonly number[]) {
    this.nowMs = nowMs;
    modified.forEach((modifiedMs, index) => this.sims.set(`sim-${index}`, { modifiedMs, plan: 0 }));
  }

  page(
    { sinceMs, tillMs, page }: PageRequest,
    pastEnd: "400" | "empty",
  ): PageAnswer & { readonly read: readonly [string, number][] } {
    const list = [...this.sims]
      .filter(
        ([, sim]) =>
          sim.modifiedMs >= sinceMs && sim.modifiedMs <= Math.min(tillMs ?? Infinity, sinceMs + 365 * DAY),
      )
      .sort(([a, x], [b, y]) => x.modifiedMs - y.modifiedMs || a.localeCompare(b));
    const read = list
      .slice((page - 1) * PAGE, page * PAGE)
      .map(([iccid, sim]): [string, number] => [iccid, sim.plan]);
    const times = { atMs: this.nowMs, latestMs: this.nowMs };
    if (read.length === 0 && page > 1 && pastEnd === "400") return { rows: undefined, ...times, read };
    return {
      rows: {
        count: read.length,
        lastPage: page * PAGE >= list.length,
        seen: JSON.stringify(read),
        each: () => read.map((row) => JSON.stringify(row)),
      },
      ...times,
      read,
    };
  }

  edit(what: "modify" | "remove" | "add", pick: number): void {
    const key = [...this.sims.keys()][pick % Math.max(1, this.sims.size)];
    this.edits++;
    this.nowMs += 100;
    if (what === "add" || key === undefined)
      this.sims.set(`new-${this.edits}`, { modifiedMs: this.nowMs, plan: this.edits });
    else if (what === "remove") this.sims.delete(key);
    else this.sims.set(key, { modifiedMs: this.nowMs, plan: this.edits });
  }
}

type Answer = ReturnType<LiveList["page"]>;

interface HowToList {
  readonly sinceMs: number;
  readonly descents?: number;
  readonly order?: readonly number[];
}

type Edit = { what: "modify" | "remove" | "add"; pick: number };

/**
 * Lists while `edits[i]` happen before page i is read; the caller's rule is: the row told last is the truth. Pages that
 * are asked for at once are read in an order of the carrier's own, those among them that a descent asks for before the
 * others have their answers.
 */
function listAll(
  list: LiveList,
  edits: readonly (readonly Edit[])[],
  pastEnd: "400" | "empty",
  { sinceMs, descents = 1, order = [] }: HowToList,
) {
  const fleet = new Map<string, number>();
  const terms = { ...TERMS, descents };
  let state: ListingState | undefined = beginListing(sinceMs, list.nowMs, terms);
  let pages = 0;
  let steps = 0;
  let settled: boolean | undefined;
  const ahead = new Map<string, Answer>();
  const placeOf = ({ page, floor }: PageRequest): string => `${page} above ${floor}`;
  while (state !== undefined) {
    const requests: PageRequest[] = requestsOf(state);
    const answers: Answer[] = [];
    const taken = requests.map((asked) => ahead.get(placeOf(asked)));
    ahead.clear();
    const isMissing = (): boolean => requests.some((_, index) => answers[index] === undefined);
    const waiting: { readonly asked: PageRequest; readonly index?: number }[] = [];
    const come = (index: number, answer: Answer): void => {
      answers[index] = answer;
      const next = requestAfter(state as ListingState, index, answer);
      if (next !== undefined) waiting.push({ asked: next });
    };
    requests.forEach((asked, index) => {
      const before = taken[index];
      if (before === undefined) waiting.push({ asked, index });
      else come(index, before);
    });
    while (isMissing()) {
      const [read] = waiting.splice((order[pages % order.length] ?? 0) % waiting.length, 1);
      if (read === undefined) throw new Error("No page is left to be read.");
      for (const edit of edits[pages++] ?? []) list.edit(edit.what, edit.pick);
      list.nowMs += 1_000;
      const answer = list.page(read.asked, pastEnd);
      if (read.index === undefined) ahead.set(placeOf(read.asked), answer);
      else come(read.index, answer);
    }
    steps++;
    const step = advance(JSON.parse(JSON.stringify(state)) as ListingState, answers, terms);
    if ("fault" in step) throw new Error(step.came);
    if (step.take) for (const { read } of answers) for (const [iccid, plan] of read) fleet.set(iccid, plan);
    if (step.next?.phase.at !== "descend" || step.next.doubts > 0) ahead.clear();
    state = step.next;
    settled = step.settled;
  }
  return { fleet, settled, pages, steps };
}

const now = Date.UTC(2026, 5, 1);
const since = now - 1_500 * DAY;
const edit = fc.record({
  what: fc.constantFrom("modify", "modify", "remove", "add"),
  pick: fc.nat(500),
}) as fc.Arbitrary<Edit>;

describe("listing a fleet", () => {
  test("sees every SIM, in its newest state, whatever is modified, added or removed meanwhile", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: since, max: now }), { maxLength: 60 }),
        fc.array(fc.array(edit, { maxLength: 3 }), { maxLength: 80 }),
        fc.constantFrom("400", "empty"),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }),
        (modified, edits, pastEnd, descents, order) => {
          const list = new LiveList(now, modified);
          const how = { sinceMs: since, descents, order };
          const { fleet, settled } = listAll(list, edits, pastEnd as "400" | "empty", how);
          expect(settled).toBe(true);
          for (const [iccid, sim] of list.sims) expect(fleet.get(iccid)).toBe(sim.plan);
        },
      ),
      { seed: 20_261_123, numRuns: 3_000 },
    );
  });

  test("loses none where many pages are read at once and every read is followed by a change", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 240 }),
        fc.array(fc.array(edit, { maxLength: 2 }), { minLength: 40, maxLength: 120 }),
        fc.integer({ min: 2, max: 8 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
        (sims, edits, descents, order) => {
          const list = new LiveList(
            now,
            Array.from({ length: sims }, (_, index) => now - 1_000_000 + index),
          );
          const { fleet, settled } = listAll(list, edits, "empty", { sinceMs: since, descents, order });
          expect(settled).toBe(true);
          for (const [iccid, sim] of list.sims) expect(fleet.get(iccid)).toBe(sim.plan);
        },
      ),
      { seed: 20_261_126, numRuns: 1_000 },
    );
  });

  test("read forwards, the same fleet would lose SIMs: the test can fail", () => {
    const list = new LiveList(
      now,
      Array.from({ length: 30 }, (_, index) => now - 1_000_000 + index),
    );
    const fleet = new Set<string>();
    for (let page = 1, last = false; !last; page++) {
      const answer = list.page({ sinceMs: since, tillMs: undefined, page, floor: 0 }, "empty");
      last = answer.rows?.lastPage === true;
      for (const [iccid] of answer.read) fleet.add(iccid);
      list.edit("remove", 0);
    }
    expect([...list.sims.keys()].every((iccid) => fleet.has(iccid))).toBe(false);
  });

  test("costs little more than the pages there are", () => {
    const list = new LiveList(
      now,
      Array.from({ length: 3_000 }, (_, index) => now - 10_000_000 + index),
    );
    const { pages } = listAll(list, [], "empty", { sinceMs: since });
    expect(pages).toBeLessThan(1_000 + 2 * Math.log2(1_000) + 12);
  });

  test("reads as many pages at once as it may, and one page twice for each descent", () => {
    const list = new LiveList(
      now,
      Array.from({ length: 3_000 }, (_, index) => now - 10_000_000 + index),
    );
    const { pages, steps } = listAll(list, [], "empty", { sinceMs: since, descents: 8 });
    expect(pages).toBeLessThan(1_000 + 8 + 2 * Math.log2(1_000) + 12);
    expect(steps).toBeLessThan(1_000 / 8 + 8 + 2 * Math.log2(1_000) + 12);
  });
});

const EMPTY = { count: 0, lastPage: false, seen: "", each: () => [] };

describe("a list that makes no sense", () => {
  const nine = (page: number) => (page > 9 ? undefined : rowsOf(page, page === 9));
  const rowsOf = (page: number, lastPage: boolean) => ({
    count: 3,
    lastPage,
    seen: `page ${page}`,
    each: () => [`row of page ${page}`],
  });

  function faultOf(server: (request: PageRequest) => PageAnswer["rows"], descents: number): string {
    const terms = { ...TERMS, descents };
    let state: ListingState | undefined = beginListing(since, now, { ...terms, windowMs: undefined });
    for (let steps = 0; steps < 20_000 && state !== undefined; steps++) {
      const answers = requestsOf(state).map((asked) => ({ rows: server(asked), atMs: now, latestMs: now }));
      const step = advance(state, answers, terms);
      if ("fault" in step) return `${step.fault}: ${step.came}`;
      state = step.next;
    }
    return "no fault";
  }

  test.each([
    [
      "one page, whatever is asked",
      () => rowsOf(1, false),
      "contradiction: page 2 holds the same rows as page 1",
    ],
    [
      "the last page without end",
      ({ page }: PageRequest) => rowsOf(Math.min(page, 9), false),
      "contradiction: page 32 holds the same rows as page 16",
    ],
    [
      "empty pages that are not the last",
      ({ page }: PageRequest) => (page > 5 ? EMPTY : rowsOf(page, false)),
      "contradiction: page 8 is empty and yet not the last",
    ],
    [
      "an empty page in the middle",
      ({ page }: PageRequest) => (page === 3 ? EMPTY : nine(page)),
      "contradiction: page 3 is empty and yet not the last",
    ],
    [
      "a page twice",
      ({ page }: PageRequest) => nine(page === 5 ? 6 : page),
      "contradiction: page 5 holds the same rows as page 6",
    ],
    [
      "an end without a last page",
      ({ page }: PageRequest) => (page > 11 ? undefined : rowsOf(page, false)),
      "contradiction: page 11 is not the last and page 12 does not exist",
    ],
    [
      "always another page",
      ({ page }: PageRequest) => rowsOf(page, false),
      "page-limit: page 2000 is not the last, and a listing may read 2000 pages",
    ],
    [
      "now here, now gone",
      ({ page }: PageRequest) => (page > 1 ? undefined : rowsOf(page, false)),
      "contradiction: page 1 is not the last and page 2 does not exist",
    ],
  ])("%s is a fault, not an end", (_name, server, fault) => {
    for (const descents of [1, 2])
      expect(faultOf(server as (request: PageRequest) => PageAnswer["rows"], descents)).toBe(fault);
  });

  test("a passing disturbance is asked again", () => {
    let calls = 0;
    expect(faultOf(({ page }) => (++calls % 3 === 0 ? EMPTY : nine(page)), 1)).toBe("no fault");
  });
});
