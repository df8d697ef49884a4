import { inspect } from "node:util";
import { ERROR_CODES, PoolwiseError, faultText } from "../../../billing/errors.ts";
import type { Colour } from "./colour.ts";
import { printable } from "./printable.ts";

/** 1: it ran and the answer is no; 2: the input or the call is wrong. */
export function exitStatusOf(error: unknown): 1 | 2 {
  return error instanceof PoolwiseError ? ERROR_CODES[error.code].exit : 1;
}

/** What a person reads about an error on stderr, ending in a newline; the stack only where asked for. */
export function errorText(error: unknown, debug: boolean, colour: Colour): string {
  const lines =
    error instanceof PoolwiseError && error.code !== "internal-error"
      ? knownFault(error)
      : ownFault(error, debug);
  const [first = "", ...rest] = lines.map(printable);
  const text = [`${colour("red", "error:")} ${first}`, ...rest];
  if (debug) text.push(inspect(error, { depth: 4 }));
  return `${text.join("\n")}\n`;
}

function knownFault(error: PoolwiseError): string[] {
  const faults = error.faults.map(faultText).filter((fault) => fault !== error.message);
  const lines = [error.message, ...faults.map((fault) => `  ${fault}`)];
  const more = error.faultCount - error.faults.length;
  if (more > 0) lines.push(`  … and ${more.toLocaleString("en-US")} more`);
  return lines;
}

function ownFault(error: unknown, debug: boolean): string[] {
  const what = error instanceof Error ? error.message : String(error);
  const lines = [`a fault in Poolwise: ${what}`];
  if (!debug) lines.push("Please run again with --debug and report what it prints.");
  return lines;
}
