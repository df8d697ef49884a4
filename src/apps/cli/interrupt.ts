import process from "node:process";

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM. A second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Signals do again what they did before. */
  dispose(): void;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

export function onInterrupt(): Interrupt {
  const stopping = new AbortController();
  const onSignal = (signal: keyof typeof STATUS): void => {
    if (stopping.signal.aborted) process.exit(STATUS[signal]);
    stopping.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: stopping.signal,
    dispose() {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}
