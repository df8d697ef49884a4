import { z } from "zod";

/** Where a sync stands. It is kept with what was staged so far, in one transaction. */
export const syncCursor = z.object({
  /** Which message goes on; see the sync message. */
  turn: z.int().min(0),
  phase: z.enum(["devices", "catalogue", "usage", "moved", "ask", "merge"]),
  /** The carrier's own cursor within the phase. */
  at: z.string().optional(),
  /** The carrier's time at which the listing of SIMs began: the next incremental listing asks from here. */
  listingStartedAt: z.iso.datetime().optional(),
  pagesKnown: z.int().min(0).optional(),
  plans: z.array(z.object({ name: z.string(), versions: z.array(z.string()) })).default([]),
  /** The plan of `plans` whose usage is being read. */
  plan: z.int().min(0).default(0),
  /** Plans whose usage cannot be had as a whole: their SIMs are asked for one by one. */
  unserved: z.array(z.string()).default([]),
  /** SIMs to ask for alone, whatever their plan. */
  ask: z.array(z.string()).default([]),
  askAll: z.boolean().default(false),
  /** The last SIM that was asked for; they come in order. */
  asked: z.string().default(""),
  /** Since when the carrier has not answered. */
  outageSinceMs: z.int().optional(),
});

export type SyncCursor = z.infer<typeof syncCursor>;

export const FIRST_CURSOR = { turn: 0, phase: "devices" } as const;
