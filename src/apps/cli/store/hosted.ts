import type { Runtime } from "../../runtime/open-runtime.ts";
import type { CliContext } from "../context.ts";

/** Where a command runs inside the process that holds the database. */
export interface Host {
  readonly runtime: Runtime;
  /** Aborted when whoever asked for the command has gone. */
  readonly signal: AbortSignal;
}

const hosts = new WeakMap<CliContext, Host>();

export function hostCommand(context: CliContext, host: Host): void {
  hosts.set(context, host);
}

export function hostOf(context: CliContext): Host | undefined {
  return hosts.get(context);
}
