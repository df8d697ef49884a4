/**
 * How to list a fleet that changes while it is listed. The carrier sorts by modification, oldest first, so a SIM
 * that is modified moves to the end and every SIM behind its old place moves up: read forwards, the SIM at the next
 * page's head slips into the page already read. So each window is read from its last page down to its first: what
 * moves up is met again, and what moves to the end is found by the passes over what was modified since the listing
 * began, which are repeated until the list stands still. The last page is found by doubling and halving, by the
 * server's `lastPage` alone.
 */

export interface ListingTerms {
  /** Length of a window; undefined: one window up to now. */
  readonly windowMs: number | undefined;
  readonly skewMs: number;
  readonly maxTailPasses: number;
  readonly maxPages: number;
}

export type Phase =
  /** `low`: the highest page that is known not to be the last; `seen`: what stood on it. */
  | { readonly at: "search"; readonly page: number; readonly low: number; readonly seen: string }
  /** The last page lies above `low` and below `high`. */
  | { readonly at: "halve"; readonly low: number; readonly high: number }
  | {
      readonly at: "descend";
      readonly page: number;
      readonly top: number;
      readonly topSeen: string;
      readonly seen: string;
    }
  /** `page` held the rows that were read on the one above it: has the list moved up, or does the server repeat itself? */
  | {
      readonly at: "compare";
      readonly page: number;
      readonly top: number;
      readonly topSeen: string;
      readonly seen: string;
    }
  /** Every page of the pass is read: does the last one still end the list as it did? */
  | { readonly at: "recheck"; readonly page: number; readonly seen: string };

/** Everything that a later step needs, as plain JSON. Instants are milliseconds since 1970, by the carrier's clock where it tells. */
export interface ListingState {
  readonly sinceMs: number;
  readonly startedMs: number | undefined;
  /** 0 is the listing itself; later ones look for what was modified since the one before began. */
  readonly pass: number;
  readonly passStartedMs: number | undefined;
  readonly windowStartMs: number;
  /** undefined: up to now. */
  readonly windowEndMs: number | undefined;
  readonly phase: Phase;
  readonly steps: number;
  readonly pagesRead: number;
  /** Answers in a row that made no sense. */
  readonly doubts: number;
  /** How often the end, found, was no end any more. */
  readonly searches: number;
}

export interface PageRequest {
  readonly sinceMs: number;
  readonly tillMs: number | undefined;
  readonly page: number;
}

export interface PageAnswer {
  /** undefined: the page lies past the end of the list. */
  readonly rows: PageRows | undefined;
  /** When the list was read, at the earliest and at the latest: by the carrier's clock and ours. */
  readonly atMs: number;
  readonly latestMs: number;
}

export interface PageRows {
  readonly count: number;
  readonly lastPage: boolean;
  /** Stands for the rows' content. */
  readonly seen: string;
  /** The page that the carrier says this is. */
  readonly page?: number | undefined;
}

export type Step =
  | Onward
  | { readonly next: undefined; readonly take: boolean; readonly settled: boolean }
  | { readonly fault: "contradiction" | "page-limit"; readonly came: string };

/** The same nonsense this often in a row is no passing disturbance. */
const MAX_DOUBTS = 3;
const MAX_SEARCHES = 6;
/** Calls that find the last pages of all windows and passes, beside those that read. */
const SEARCH_STEPS = 3_000;
/** Windows overlap, whichever of their ends the carrier counts in. */
const WINDOW_OVERLAP_MS = 1_000;

export function beginListing(sinceMs: number, nowMs: number, terms: ListingTerms): ListingState {
  return {
    sinceMs,
    startedMs: undefined,
    pass: 0,
    passStartedMs: undefined,
    ...windowFrom(sinceMs, nowMs, terms),
    phase: FIRST_PAGE,
    steps: 0,
    pagesRead: 0,
    doubts: 0,
    searches: 0,
  };
}

const FIRST_PAGE: Phase = { at: "search", page: 1, low: 0, seen: "" };

function windowFrom(
  startMs: number,
  nowMs: number,
  terms: ListingTerms,
): Pick<ListingState, "windowStartMs" | "windowEndMs"> {
  const endMs = terms.windowMs === undefined ? Number.POSITIVE_INFINITY : startMs + terms.windowMs;
  return { windowStartMs: startMs, windowEndMs: endMs > nowMs + terms.skewMs ? undefined : endMs };
}

export function requestOf(state: ListingState): PageRequest {
  return { sinceMs: state.windowStartMs, tillMs: state.windowEndMs, page: pageOf(state.phase) };
}

function pageOf(phase: Phase): number {
  if (phase.at === "compare") return phase.page + 1;
  if (phase.at !== "halve") return phase.page;
  return Math.max(phase.low, Math.floor((phase.low + phase.high) / 2));
}

/** Pages with rows that are sure to come, this step's included. */
export function pagesToCome(phase: Phase): number {
  switch (phase.at) {
    case "search":
    case "halve":
      return phase.low + 1;
    case "descend":
    case "compare":
      return phase.page;
    case "recheck":
      return 0;
  }
}

export function advance(before: ListingState, answer: PageAnswer, terms: ListingTerms): Step {
  const state: ListingState = {
    ...before,
    steps: before.steps + 1,
    startedMs: before.startedMs ?? answer.atMs,
    passStartedMs: before.passStartedMs ?? answer.atMs,
  };
  const page = pageOf(state.phase);
  if (answer.rows?.count === 0 && !answer.rows.lastPage)
    return doubt(state, `page ${page} is empty and yet not the last`);
  if ((answer.rows?.page ?? page) !== page)
    return doubt(state, `page ${page} was asked for and page ${answer.rows?.page} came`);
  if (state.steps > SEARCH_STEPS + 2 * terms.maxPages)
    return tooManyPages(`after ${state.steps} calls the end is not reached`, terms);
  const rows = page > 1 && answer.rows?.count === 0 ? undefined : answer.rows;
  switch (state.phase.at) {
    case "search":
      return search(state, state.phase, rows, answer, terms);
    case "halve":
      return halve(state, state.phase, rows, answer, terms);
    case "descend":
      return descend(state, state.phase, rows, answer, terms);
    case "compare":
      return compare(state, state.phase, rows);
    case "recheck":
      return rows?.lastPage === true && rows.seen === state.phase.seen
        ? { next: undefined, take: false, settled: true }
        : nextPass(state, false, terms);
  }
}

type In<At extends Phase["at"]> = Extract<Phase, { at: At }>;

function search(
  state: ListingState,
  { page, low, seen }: In<"search">,
  rows: PageRows | undefined,
  answer: PageAnswer,
  terms: ListingTerms,
): Step {
  if (rows === undefined) return go(state, { at: "halve", low, high: page });
  if (rows.lastPage) return readTop(state, page, rows, answer, terms);
  if (page > 1 && rows.seen === seen) return doubt(state, `page ${page} holds the same rows as page ${low}`);
  const limit = terms.maxPages - state.pagesRead;
  if (page >= limit) return tooManyPages(`page ${page} is not the last`, terms);
  return go(state, { at: "search", page: Math.min(page * 2, limit), low: page, seen: rows.seen });
}

function tooManyPages(came: string, terms: ListingTerms): Step {
  return { fault: "page-limit", came: `${came}, and a listing may read ${terms.maxPages} pages` };
}

function halve(
  state: ListingState,
  phase: In<"halve">,
  rows: PageRows | undefined,
  answer: PageAnswer,
  terms: ListingTerms,
): Step {
  const page = pageOf(phase);
  if (rows === undefined) {
    if (page > phase.low) return go(state, { ...phase, high: page });
    return searchAgain(state, FIRST_PAGE, `page ${page}, there a moment ago, lies past the end`);
  }
  if (rows.lastPage) return readTop(state, page, rows, answer, terms);
  if (page === phase.low) {
    const higher: Phase = { at: "search", page: phase.high, low: page, seen: rows.seen };
    return searchAgain(state, higher, `page ${page} is not the last and page ${phase.high} does not exist`);
  }
  return go(state, { ...phase, low: page });
}

function readTop(
  state: ListingState,
  page: number,
  rows: PageRows,
  answer: PageAnswer,
  terms: ListingTerms,
): Step {
  const read = { ...state, pagesRead: state.pagesRead + (rows.count > 0 ? 1 : 0), searches: 0 };
  if (page === 1) return endWindow(read, 1, rows.seen, answer, terms);
  return taking(go(read, { at: "descend", page: page - 1, top: page, topSeen: rows.seen, seen: rows.seen }));
}

function descend(
  state: ListingState,
  phase: In<"descend">,
  rows: PageRows | undefined,
  answer: PageAnswer,
  terms: ListingTerms,
): Step {
  const { page, top, topSeen } = phase;
  if (rows !== undefined && rows.seen === phase.seen) return go(state, { ...phase, at: "compare" });
  const read = { ...state, pagesRead: state.pagesRead + (rows === undefined ? 0 : 1) };
  if (page === 1) return endWindow(read, top, topSeen, answer, terms);
  return taking(go(read, { ...phase, page: page - 1, seen: rows?.seen ?? "" }));
}

function compare(state: ListingState, phase: In<"compare">, rows: PageRows | undefined): Step {
  if (rows?.seen === phase.seen)
    return doubt(state, `page ${phase.page} holds the same rows as page ${phase.page + 1}`);
  return taking(go(state, { ...phase, at: "descend", seen: rows?.seen ?? "" }));
}

function endWindow(
  state: ListingState,
  top: number,
  topSeen: string,
  answer: PageAnswer,
  terms: ListingTerms,
): Step {
  const nextStartMs = state.windowEndMs === undefined ? undefined : state.windowEndMs - WINDOW_OVERLAP_MS;
  if (nextStartMs !== undefined && nextStartMs <= answer.atMs) {
    return taking(go({ ...state, ...windowFrom(nextStartMs, answer.latestMs, terms) }, FIRST_PAGE));
  }
  const oneWindow = state.pass > 0 || state.windowStartMs === state.sinceMs;
  if (top === 1 && oneWindow) return { next: undefined, take: true, settled: true };
  if (state.pass === 0) return nextPass(state, true, terms);
  return taking(go(state, { at: "recheck", page: top, seen: topSeen }));
}

function nextPass(state: ListingState, take: boolean, terms: ListingTerms): Step {
  if (state.pass >= terms.maxTailPasses) return { next: undefined, take, settled: false };
  const sinceMs = Math.max(state.sinceMs, (state.passStartedMs ?? state.sinceMs) - terms.skewMs);
  const next: ListingState = {
    ...state,
    pass: state.pass + 1,
    passStartedMs: undefined,
    windowStartMs: sinceMs,
    windowEndMs: undefined,
    phase: FIRST_PAGE,
    doubts: 0,
  };
  return { next, take, settled: undefined };
}

interface Onward {
  readonly next: ListingState;
  readonly take: boolean;
  readonly settled: undefined;
}

function go(state: ListingState, phase: Phase): Onward {
  return { next: { ...state, phase, doubts: 0 }, take: false, settled: undefined };
}

/** The rows of this step are the caller's. */
function taking(step: Onward): Onward {
  return { ...step, take: true };
}

/** The list may have grown or shrunk in between; a server that never says which page is the last looks the same. */
function searchAgain(state: ListingState, phase: Phase, came: string): Step {
  const searches = state.searches + 1;
  if (searches > MAX_SEARCHES) return { fault: "contradiction", came };
  return go({ ...state, searches }, phase);
}

/** Asks again, and gives up where the answer stays the same. */
function doubt(state: ListingState, came: string): Step {
  const doubts = state.doubts + 1;
  if (doubts > MAX_DOUBTS) return { fault: "contradiction", came };
  return { next: { ...state, doubts }, take: false, settled: undefined };
}
