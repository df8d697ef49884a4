import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { z } from "zod";

/** What a command is asked to do, as the first line of a connection. */
export const commandRequest = z.object({
  version: z.string(),
  args: z.array(z.string()),
  cwd: z.string(),
  stdout: z.object({ isTTY: z.boolean(), columns: z.int().positive().optional() }),
  stderr: z.object({ isTTY: z.boolean(), columns: z.int().positive().optional() }),
  /** Only what decides how text looks. */
  env: z.record(z.string(), z.string()),
});
export type CommandRequest = z.infer<typeof commandRequest>;

/** Later lines: standard input, in base64, null at its end; or that whoever asked no longer waits. */
export const commandInput = z.union([
  z.object({ stdin: z.string().nullable() }),
  z.object({ interrupt: z.literal(true) }),
]);
export type CommandInput = z.infer<typeof commandInput>;

export const commandOutput = z.union([
  z.object({ out: z.string() }),
  z.object({ err: z.string() }),
  z.object({ status: z.union([z.literal(0), z.literal(1), z.literal(2)]) }),
]);
export type CommandOutput = z.infer<typeof commandOutput>;

export function sendLine(stream: Writable, message: CommandRequest | CommandInput | CommandOutput): boolean {
  return stream.write(`${JSON.stringify(message)}\n`);
}

export function readLines(stream: Readable): AsyncIterable<string> {
  return createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
}
