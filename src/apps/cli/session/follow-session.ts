import { setTimeout as sleep } from "node:timers/promises";
import { ERROR_CODES, PoolwiseError } from "../../../billing/errors.ts";
import type { SessionStage, SessionView } from "../../../pipeline/context.ts";
import { sessionView } from "../../../pipeline/session/session-view.ts";
import type { CliContext, RunCommand } from "../context.ts";
import { onInterrupt } from "../interrupt.ts";
import type { InStore } from "../store/in-store.ts";
import { workMeanwhile } from "../store/work-meanwhile.ts";
import type { Progress } from "../terminal/progress.ts";
import { sessionText, waitingText } from "./session-text.ts";

const LOOK_EVERY_MS = 300;
const UNTAKEN_AFTER_MS = 10_000;
/** A database that is away for so long ends the following; the session does not need it. */
const DATABASE_PATIENCE_MS = 120_000;

const STAGES: Readonly<Record<SessionStage, string>> = {
  start: "Waiting for a worker",
  sync: "Reading the fleet from the carrier",
  prepare: "Preparing the fleet",
  optimize: "Finding the cheapest plans",
  finish: "Writing the reports",
  done: "Done",
};

/**
 * Follows a session to its end and tells how it ended. On an embedded database that nothing else works on, this process
 * works on the session meanwhile. The exit status is 0 where the session is COMPLETED.
 */
export async function followSession(
  store: InStore,
  given: string,
  options: { readonly json?: true },
  context: CliContext,
  runCommand: RunCommand,
): Promise<void> {
  const { id } = await sessionView(store, given);
  const worksHere = !store.isHosted && store.db.kind === "pglite";
  const interrupt = store.isHosted ? undefined : onInterrupt();
  const signal = interrupt?.signal ?? store.signal;
  const follow = (stop: AbortSignal): Promise<SessionView> => watch(store, id, context, stop);
  try {
    const last = worksHere
      ? await workMeanwhile(store, { context, runCommand, signal }, follow)
      : await follow(signal);
    tell(last, options, context, worksHere);
  } finally {
    interrupt?.dispose();
  }
}

/** The session as it ended, or as it stood when the signal came. */
async function watch(
  store: InStore,
  id: string,
  context: CliContext,
  signal: AbortSignal,
): Promise<SessionView> {
  const progress = context.progress();
  const shown = new ShownSession(progress, context);
  try {
    for (;;) {
      const view = await readPatiently(store, id, signal);
      if (view.completed_at !== null || signal.aborted) return view;
      shown.show(view);
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    progress.end();
  }
}

async function readPatiently(store: InStore, id: string, signal: AbortSignal): Promise<SessionView> {
  const giveUpMs = performance.now() + DATABASE_PATIENCE_MS;
  for (;;) {
    try {
      return await sessionView(store, id);
    } catch (error) {
      const passing = error instanceof PoolwiseError && ERROR_CODES[error.code].retry;
      if (!passing || signal.aborted || performance.now() > giveUpMs) throw error;
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** What of a session is on the screen. */
class ShownSession {
  readonly #progress: Progress;
  readonly #context: CliContext;
  readonly #sinceMs = performance.now();
  #stage = "";
  #waiting: string | null = null;
  #told = false;

  constructor(progress: Progress, context: CliContext) {
    this.#progress = progress;
    this.#context = context;
  }

  show({ stage, status, reason, progress }: SessionView): void {
    if (reason !== this.#waiting && reason !== null) this.#say(waitingText(reason));
    this.#waiting = reason;
    if (status === "PENDING" && !this.#told && performance.now() - this.#sinceMs > UNTAKEN_AFTER_MS) {
      this.#told = true;
      this.#say("No worker has taken it up yet. Start one: poolwise worker or poolwise serve.");
    }
    // A single unit is either under way or done: a bar would stand still.
    const counts = progress.total !== 1;
    const total = counts ? (progress.total ?? undefined) : undefined;
    const key = `${stage} ${total ?? "?"}`;
    if (key !== this.#stage) this.#progress.stage(STAGES[stage], total);
    this.#stage = key;
    if (counts) this.#progress.advance(progress.done);
  }

  #say(line: string): void {
    this.#progress.end();
    this.#stage = "";
    this.#context.warn(line);
  }
}

function tell(
  view: SessionView,
  { json }: { readonly json?: true },
  context: CliContext,
  workedHere: boolean,
): void {
  if (view.status !== "COMPLETED") context.setExitStatus(1);
  if (json || view.completed_at !== null)
    context.print(json ? JSON.stringify(view) : sessionText(view, context.colour));
  if (view.completed_at !== null) return;
  context.warn(
    workedHere
      ? `Stopped. Session ${view.id} has not ended, and nothing works on it now. Go on with poolwise session watch ${view.id}, or poolwise serve; end it with poolwise session cancel ${view.id}.`
      : `No longer following session ${view.id}, which goes on. Look again with poolwise session watch ${view.id}.`,
  );
}
