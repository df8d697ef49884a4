/**
 * How to list a fleet that changes while it is listed. The carrier sorts by modification, oldest first, so a SIM
 * that is modified moves to the end and every SIM behind its old place moves up: read forwards, the SIM at the next
 * page's head slips into the page already read. So each window is read from its last page down to its first: what
 * moves up is met again, and what moves to the end is found by the passes over what was modified since the listing
 * began, which are repeated until the list stands still. The last page is found by doubling and halving, by the
 * server's `lastPage` alone.
 *
 * Where several calls are allowed at once, a long window is read down from several pages at once. Pages of one descent
 * are read one after the other, whatever page the other descents are at; what moves up out of the part of one descent
 * into the part of the one below, behind it, is met by the upper one, which does not end where the lower one began, but
 * where it meets a row that the lower one began with: whatever stood before that row then, the lower one still had to
 * read.
 */

export interface ListingTerms {
  /** Length of a window; undefined: one window up to now. */
  readonly windowMs: number | undefined;
  readonly skewMs: number;
  readonly maxTailPasses: number;
  readonly maxPages: number;
  /** Descents at once at most. */
  readonly descents: number;
}

/** Reads pages from `page` down to where it meets the descent below, or to the first. */
export interface Descent {
  readonly page: number;
  /** What stood on the page read last. */
  readonly seen: string;
  /** `page` held those very rows: has the list moved up, or does the server repeat itself? The one above tells. */
  readonly isRepeated: boolean;
  /** Where the descent below began, and with which rows: undefined before it has. 0: there is none below. */
  readonly floor: number;
  readonly meets?: readonly string[] | undefined;
}

export type Phase =
  /** `low`: the highest page that is known not to be the last; `seen`: what stood on it. */
  | { readonly at: "search"; readonly page: number; readonly low: number; readonly seen: string }
  /** The last page lies above `low` and below `high`. */
  | { readonly at: "halve"; readonly low: number; readonly high: number }
  /** From the lowest to the highest; `top`: the last page, and what stood on it. */
  | {
      readonly at: "descend";
      readonly descents: readonly Descent[];
      readonly top: number;
      readonly topSeen: string;
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
  /** The floor of the descent that asks, which is its own; 0 where the list is not yet being descended. */
  readonly floor: number;
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
  /** Stands for each row's content. */
  readonly each: () => readonly string[];
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
/** Fewer pages are not worth a descent of their own. */
const LEAST_PAGES_OF_DESCENT = 4;
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

/** The pages to ask for, all at once. `advance` takes their answers in this order. */
export function requestsOf(state: ListingState): PageRequest[] {
  const { phase } = state;
  return pagesOf(phase).map((page, index) =>
    requestFor(state, page, phase.at === "descend" ? phase.descents[index]?.floor : undefined),
  );
}

/**
 * The page that a descent asks for in the next step, by its own answer to this one. It may be asked for before the other
 * answers have come, as the descents do not wait for each other. undefined: the other answers decide.
 * @param index of the answer among those to `requestsOf(state)`.
 */
export function requestAfter(
  state: ListingState,
  index: number,
  { rows }: PageAnswer,
): PageRequest | undefined {
  const { phase } = state;
  const descent = phase.at === "descend" ? phase.descents[index] : undefined;
  const page = pagesOf(phase)[index];
  if (descent === undefined || page === undefined || nonsenseOf(page, rows) !== undefined) return undefined;
  const next = goDown(descent, standing(page, rows));
  if (next === undefined || next === "repeats" || next.isRepeated) return undefined;
  return requestFor(state, next.page, next.floor);
}

function requestFor(
  { windowStartMs, windowEndMs }: ListingState,
  page: number,
  floor: number | undefined,
): PageRequest {
  return { sinceMs: windowStartMs, tillMs: windowEndMs, page, floor: floor ?? 0 };
}

function pagesOf(phase: Phase): number[] {
  switch (phase.at) {
    case "search":
    case "recheck":
      return [phase.page];
    case "halve":
      return [Math.max(phase.low, Math.floor((phase.low + phase.high) / 2))];
    case "descend":
      return phase.descents.map(({ page, isRepeated }) => (isRepeated ? page + 1 : page));
  }
}

/** Pages with rows that are sure to come, this step's included. */
export function pagesToCome(phase: Phase): number {
  switch (phase.at) {
    case "search":
    case "halve":
      return phase.low + 1;
    case "descend":
      return phase.descents.reduce((sum, { page, floor }) => sum + Math.max(1, page - floor), 0);
    case "recheck":
      return 0;
  }
}

/** @param answers to `requestsOf(before)`. */
export function advance(before: ListingState, answers: readonly PageAnswer[], terms: ListingTerms): Step {
  const times = {
    atMs: Math.min(...answers.map(({ atMs }) => atMs)),
    latestMs: Math.max(...answers.map(({ latestMs }) => latestMs)),
  };
  const state: ListingState = {
    ...before,
    steps: before.steps + answers.length,
    startedMs: before.startedMs ?? times.atMs,
    passStartedMs: before.passStartedMs ?? times.atMs,
  };
  const pages = pagesOf(state.phase);
  const read: (PageRows | undefined)[] = [];
  for (const [index, { rows }] of answers.entries()) {
    const page = pages[index] as number;
    const nonsense = nonsenseOf(page, rows);
    if (nonsense !== undefined) return doubt(state, nonsense);
    read.push(standing(page, rows));
  }
  if (state.steps > SEARCH_STEPS + 2 * terms.maxPages)
    return tooManyPages(`after ${state.steps} calls the end is not reached`, terms);
  if (state.phase.at === "descend") return descend(state, state.phase, read, times, terms);
  const [page = 1] = pages;
  const answer = { page, rows: read[0], ...times };
  switch (state.phase.at) {
    case "search":
      return search(state, state.phase, answer, terms);
    case "halve":
      return halve(state, state.phase, answer, terms);
    case "recheck":
      return answer.rows?.lastPage === true && answer.rows.seen === state.phase.seen
        ? { next: undefined, take: false, settled: true }
        : nextPass(state, false, terms);
  }
}

function nonsenseOf(page: number, rows: PageRows | undefined): string | undefined {
  if (rows?.count === 0 && !rows.lastPage) return `page ${page} is empty and yet not the last`;
  if ((rows?.page ?? page) !== page) return `page ${page} was asked for and page ${rows?.page} came`;
  return undefined;
}

/** Some servers answer with an empty page past the end. */
function standing(page: number, rows: PageRows | undefined): PageRows | undefined {
  return page > 1 && rows?.count === 0 ? undefined : rows;
}

interface Times {
  readonly atMs: number;
  readonly latestMs: number;
}

interface OneAnswer extends Times {
  readonly page: number;
  readonly rows: PageRows | undefined;
}

type In<At extends Phase["at"]> = Extract<Phase, { at: At }>;

function search(
  state: ListingState,
  { low, seen }: In<"search">,
  { page, rows, ...times }: OneAnswer,
  terms: ListingTerms,
): Step {
  if (rows === undefined) return go(state, { at: "halve", low, high: page });
  if (rows.lastPage) return readTop(state, page, rows, times, terms);
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
  { page, rows, ...times }: OneAnswer,
  terms: ListingTerms,
): Step {
  if (rows === undefined) {
    if (page > phase.low) return go(state, { ...phase, high: page });
    return searchAgain(state, FIRST_PAGE, `page ${page}, there a moment ago, lies past the end`);
  }
  if (rows.lastPage) return readTop(state, page, rows, times, terms);
  if (page === phase.low) {
    const higher: Phase = { at: "search", page: phase.high, low: page, seen: rows.seen };
    return searchAgain(state, higher, `page ${page} is not the last and page ${phase.high} does not exist`);
  }
  return go(state, { ...phase, low: page });
}

function readTop(state: ListingState, page: number, rows: PageRows, times: Times, terms: ListingTerms): Step {
  const read = { ...state, pagesRead: state.pagesRead + (rows.count > 0 ? 1 : 0), searches: 0 };
  if (page === 1) return endWindow(read, 1, rows.seen, times, terms);
  const descents = splitDescent(page - 1, rows.seen, terms);
  return taking(go(read, { at: "descend", descents, top: page, topSeen: rows.seen }));
}

/** Descents over the pages from `top` down to the first, of about as many pages each. */
function splitDescent(top: number, seen: string, terms: ListingTerms): Descent[] {
  const count = Math.max(1, Math.min(terms.descents, Math.floor(top / LEAST_PAGES_OF_DESCENT)));
  const endOf = (part: number): number => Math.floor((top * part) / count);
  return Array.from({ length: count }, (_, part) => ({
    page: endOf(part + 1),
    seen: part + 1 === count ? seen : "",
    isRepeated: false,
    floor: endOf(part),
    ...(part === 0 && { meets: [] }),
  }));
}

function descend(
  state: ListingState,
  { descents, top, topSeen }: In<"descend">,
  read: readonly (PageRows | undefined)[],
  times: Times,
  terms: ListingTerms,
): Step {
  const going: Descent[] = [];
  let { pagesRead } = state;
  for (const [index, before] of descents.entries()) {
    const rows = read[index];
    // The descents begin together.
    const meets = before.meets ?? read[index - 1]?.each() ?? [];
    const next = goDown({ ...before, meets }, rows);
    if (next === "repeats")
      return doubt(state, `page ${before.page} holds the same rows as page ${before.page + 1}`);
    if (next !== undefined) going.push(next);
    if (rows !== undefined && next?.isRepeated !== true && !before.isRepeated) pagesRead++;
  }
  const after = { ...state, pagesRead };
  if (going.length === 0) return endWindow(after, top, topSeen, times, terms);
  return taking(go(after, { at: "descend", descents: going, top, topSeen }));
}

/** undefined: the descent ends. */
function goDown(descent: Descent, rows: PageRows | undefined): Descent | "repeats" | undefined {
  const { page, seen, isRepeated, floor, meets = [] } = descent;
  const isSame = rows !== undefined && rows.seen === seen;
  if (isRepeated) return isSame ? "repeats" : { ...descent, isRepeated: false, seen: rows?.seen ?? "" };
  if (isSame) return { ...descent, isRepeated: true };
  if (page === 1) return undefined;
  if (page <= floor && rows?.each().some((row) => meets.includes(row)) === true) return undefined;
  return { ...descent, page: page - 1, seen: rows?.seen ?? "" };
}

function endWindow(
  state: ListingState,
  top: number,
  topSeen: string,
  { atMs, latestMs }: Times,
  terms: ListingTerms,
): Step {
  const nextStartMs = state.windowEndMs === undefined ? undefined : state.windowEndMs - WINDOW_OVERLAP_MS;
  if (nextStartMs !== undefined && nextStartMs <= atMs) {
    return taking(go({ ...state, ...windowFrom(nextStartMs, latestMs, terms) }, FIRST_PAGE));
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
