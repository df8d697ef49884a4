import { AsyncLocalStorage } from "node:async_hooks";
import { PoolwiseError } from "../../billing/errors.ts";

interface OpenTransaction {
  readonly scope: TransactionScope;
  open: boolean;
}

const current = new AsyncLocalStorage<OpenTransaction>();

/** Knows whether the running code is inside a transaction of one database. */
export class TransactionScope {
  /** Throws where the caller is inside a transaction of this database: it must use the transaction itself. */
  refuseInside(): void {
    const running = current.getStore();
    if (running?.scope === this && running.open) {
      throw new PoolwiseError(
        "internal-error",
        "A statement was sent beside an open transaction of the same database: use the transaction that was handed in.",
      );
    }
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const running: OpenTransaction = { scope: this, open: true };
    try {
      return await current.run(running, work);
    } finally {
      running.open = false;
    }
  }
}

/** A COMMIT after a statement that failed answers ROLLBACK and no error: whoever swallowed the failure must hear of it. */
export function refuseSilentRollback(command: string | undefined): void {
  if (command !== "ROLLBACK") return;
  throw new PoolwiseError(
    "database-refused",
    "The transaction was rolled back: a statement in it had failed, and its error was swallowed.",
  );
}

/** Calls each action; one that throws does not keep the others from being called. */
export function runAll(actions: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0)
    queueMicrotask(() => {
      throw new AggregateError(errors, "An action after a commit failed");
    });
}
