import { once } from "node:events";
import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { CliContext, OutputStream } from "../context.ts";
import { onInterrupt } from "../interrupt.ts";
import { readVersion } from "../version.ts";
import { commandOutput, readLines, sendLine } from "./command-messages.ts";
import { commandSocket, isOwnSocket } from "./command-socket.ts";

const APPEARANCE = ["NO_COLOR", "FORCE_COLOR", "TERM"];

/**
 * Has the process that holds the embedded database run a command, its output coming here as if it ran here.
 * @returns its exit status; undefined where nobody answers, as then nothing was asked.
 */
export async function forwardCommand(
  args: readonly string[],
  context: CliContext,
  dataDir: string,
): Promise<0 | 1 | 2 | undefined> {
  const path = commandSocket(dataDir);
  if (!(await isOwnSocket(path))) return undefined;
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  socket.on("error", () => undefined);
  const interrupt = onInterrupt();
  interrupt.signal.addEventListener("abort", () => sendLine(socket, { interrupt: true }));
  try {
    ask(socket, args, context);
    return await answer(socket, context);
  } finally {
    interrupt.dispose();
    socket.destroy();
  }
}

function ask(socket: Socket, args: readonly string[], context: CliContext): void {
  const shown = APPEARANCE.flatMap((name) => {
    const value = context.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  sendLine(socket, {
    version: readVersion(),
    args: [...args],
    cwd: context.cwd,
    stdout: terminal(context.stdout),
    stderr: terminal(context.stderr),
    env: Object.fromEntries(shown),
  });
  if (!args.includes("-")) return void sendLine(socket, { stdin: null });
  context.stdin.on("data", (chunk: Buffer | string) =>
    sendLine(socket, { stdin: Buffer.from(chunk as Buffer).toString("base64") }),
  );
  context.stdin.on("end", () => sendLine(socket, { stdin: null }));
}

async function answer(socket: Socket, context: CliContext): Promise<0 | 1 | 2> {
  for await (const line of readLines(socket)) {
    const message = commandOutput.parse(JSON.parse(line));
    if ("status" in message) return message.status;
    if ("out" in message) context.stdout.write(message.out);
    else context.stderr.write(message.err);
  }
  // A progress bar that nobody takes off any more.
  if (context.stderr.isTTY === true) context.stderr.write("\r\u001B[2K");
  throw new PoolwiseError(
    "database-unavailable",
    "The process that held the embedded database ended before the command was done. Give the command again: a session goes on where it was, anything else is done whole or not at all.",
  );
}

function terminal(stream: OutputStream): { isTTY: boolean; columns?: number } {
  const { columns } = stream;
  return { isTTY: stream.isTTY === true, ...(columns !== undefined && columns > 0 && { columns }) };
}
