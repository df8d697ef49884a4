import { chmod, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { PassThrough, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "../../runtime/open-runtime.ts";
import { createContext } from "../context.ts";
import type { OutputStream, RunCommand } from "../context.ts";
import { readVersion } from "../version.ts";
import { commandInput, commandRequest, readLines, sendLine } from "./command-messages.ts";
import type { CommandRequest } from "./command-messages.ts";
import { commandSocket } from "./command-socket.ts";
import { hostCommand } from "./hosted.ts";

export interface CommandHost {
  /** How many commands of other processes are under way. */
  readonly busy: number;
  /** Resolves once none is. */
  idle(): Promise<void>;
  /** Tells the commands under way that nobody waits for them, gives them a moment, and takes no more. */
  close(): Promise<void>;
}

const LAST_WORDS_MS = 2_000;

/**
 * Runs commands of other processes on the database that this one holds. Only this user's processes can reach the
 * socket. Call it while the database is held: a socket that is there already is a dead process's.
 */
export async function hostCommands(runtime: Runtime, run: RunCommand): Promise<CommandHost> {
  const path = commandSocket(runtime.settings.DATA_DIR);
  if (process.platform !== "win32") await rm(path, { force: true });
  const connections = new Map<Socket, Promise<void>>();
  const closing = new AbortController();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    const served = serve(socket, { runtime, run, closing: closing.signal })
      .catch((err: unknown) => {
        runtime.log.warn({ err }, "a command from another process was not understood");
        socket.destroy();
      })
      .finally(() => connections.delete(socket));
    connections.set(socket, served);
  });
  server.listen(path);
  await once(server, "listening");
  if (process.platform !== "win32") await chmod(path, 0o600);
  const idle = async (): Promise<void> => {
    while (connections.size > 0) await Promise.all(connections.values());
  };
  return {
    get busy() {
      return connections.size;
    },
    idle,
    async close() {
      const closed = once(server, "close");
      server.close();
      closing.abort();
      await Promise.race([idle(), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
      for (const socket of connections.keys()) socket.destroy();
      await closed;
    },
  };
}

interface HostParts {
  readonly runtime: Runtime;
  readonly run: RunCommand;
  readonly closing: AbortSignal;
}

async function serve(socket: Socket, parts: HostParts): Promise<void> {
  const gone = new AbortController();
  socket.on("close", () => gone.abort());
  const stdin = new PassThrough();
  let started: Promise<void> | undefined;
  for await (const line of readLines(socket)) {
    if (started === undefined) {
      const signal = AbortSignal.any([gone.signal, parts.closing]);
      started = execute(commandRequest.parse(JSON.parse(line)), socket, stdin, parts, signal);
      started.catch(() => socket.destroy());
      continue;
    }
    const message = commandInput.parse(JSON.parse(line));
    if ("interrupt" in message) gone.abort();
    else if (message.stdin === null) stdin.end();
    else stdin.write(Buffer.from(message.stdin, "base64"));
  }
  stdin.end();
  await started;
}

async function execute(
  request: CommandRequest,
  socket: Socket,
  stdin: PassThrough,
  { runtime, run }: HostParts,
  signal: AbortSignal,
): Promise<void> {
  const version = readVersion();
  if (request.version !== version) {
    const why = `error: process ${process.pid} holds the database and is version ${version}, this is ${request.version}: stop it first, or use that version.\n`;
    sendLine(socket, { err: why });
    sendLine(socket, { status: 2 });
    socket.end();
    return;
  }
  const context = createContext({
    stdin,
    stdout: output(request.stdout, (out) => sendLine(socket, { out })),
    stderr: output(request.stderr, (err) => sendLine(socket, { err })),
    env: request.env,
    cwd: () => request.cwd,
  });
  hostCommand(context, { runtime, signal });
  runtime.log.debug({ command: request.args.slice(0, 2) }, "running a command of another process");
  const status = await run(request.args, context);
  sendLine(socket, { status });
  socket.end();
}

function output(terminal: CommandRequest["stdout"], send: (text: string) => boolean): OutputStream {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      send(typeof chunk === "string" ? chunk : chunk.toString("utf8"));
      done();
    },
  });
  return Object.assign(stream, {
    isTTY: terminal.isTTY,
    ...(terminal.columns !== undefined && { columns: terminal.columns }),
  });
}
