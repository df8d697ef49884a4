import { z } from "zod";

/** Where a sync stands. It is kept with what was staged so far, in one transaction. */
export const syncCursor = z.object({
  /** Which message goes on; see the sync message. */
  turn: z.int().min(0),
  phase: z.enum(["devices", "compare", "catalogue", "usage", "count", "moved", "ask", "merge"]),
  /** The carrier's own cursor within the phase. */
  at: z.string().optional(),
  /** The carrier's time at which the listing of SIMs began: the next incremental listing asks from here. */
  listingStartedAt: z.iso.datetime().optional(),
  pagesKnown: z.int().min(0).optional(),
  plans: z.array(z.object({ name: z.string(), versions: z.array(z.string()) })).default([]),
  /** Plans of `plans` whose usage is being read, and the carrier's cursor of each. */
  open: z.array(z.object({ plan: z.int().min(0), at: z.string().optional() })).default([]),
  /** The plan of `plans` whose usage is to be read next. */
  plan: z.int().min(0).default(0),
  /** Plans whose usage cannot be had as a whole: their SIMs are asked for one by one. */
  unserved: z.array(z.string()).default([]),
  /** SIMs to ask for alone, whatever their plan. */
  ask: z.array(z.string()).default([]),
  askAll: z.boolean().default(false),
  /** The last SIM that was asked for; they come in order. */
  asked: z.string().default(""),
  /** How often the SIMs were begun to be listed. A second time they are listed as a whole. */
  listing: z.int().min(1).default(1),
  /** The last staged row of the listing before this one. */
  listedBefore: z.int().min(0).optional(),
  /** SIMs that the carrier had when all usage was read; absent where that cannot be told. */
  counted: z.int().min(0).optional(),
  /** Changes of rate plan since the SIMs were listed, in the order in which they were learnt. */
  moved: z.array(z.object({ iccid: z.string(), from: z.string(), to: z.string() })).default([]),
  /** How many of `moved` were known when usage was last begun to be read. */
  movesSeen: z.int().min(0).default(0),
  /** Plans whose usage was read again because of them: each time. */
  readAgain: z.array(z.array(z.int().min(0))).default([]),
  /** SIMs that were to be counted: listed ones, and those of `joined`. */
  listed: z.int().min(0).default(0),
  /** Of the listed ones, those that were told of in two ways; absent where they are yet to be counted. */
  conflicts: z.int().min(0).optional(),
  /** SIMs that came to the account since they were listed. */
  joined: z.array(z.string()).default([]),
  /** Since when the carrier has not answered. */
  outageSinceMs: z.int().optional(),
});

export type SyncCursor = z.infer<typeof syncCursor>;

export const FIRST_CURSOR = { turn: 0, phase: "devices" } as const;
