import { chmod, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { PassThrough, Writable } from "node:stream";
import type { Runtime } from "../../runtime/open-runtime.ts";
import { createContext } from "../context.ts";
import type { OutputStream, ShellContext } from "../context.ts";
import { readVersion } from "../version.ts";
import { commandInput, commandRequest, readLines, sendLine } from "./command-messages.ts";
import type { CommandRequest } from "./command-messages.ts";
import { commandSocket } from "./command-socket.ts";
import { hostCommand } from "./hosted.ts";

export type RunCommand = (args: readonly string[], context: ShellContext) => Promise<0 | 1 | 2>;

export interface CommandHost {
  close(): Promise<void>;
}

/**
 * Runs commands of other processes on the database that this one holds. Only this user's processes can reach the
 * socket. Call it while the database is held: a socket that is there already is a dead process's.
 */
export async function hostCommands(runtime: Runtime, run: RunCommand): Promise<CommandHost> {
  const path = commandSocket(runtime.settings.DATA_DIR);
  if (process.platform !== "win32") await rm(path, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => connections.delete(socket));
    serve(socket, runtime, run).catch((err: unknown) => {
      runtime.log.warn({ err }, "a command from another process was not understood");
      socket.destroy();
    });
  });
  server.listen(path);
  await once(server, "listening");
  if (process.platform !== "win32") await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, runtime: Runtime, run: RunCommand): Promise<void> {
  const gone = new AbortController();
  socket.on("close", () => gone.abort());
  const stdin = new PassThrough();
  let started: Promise<void> | undefined;
  for await (const line of readLines(socket)) {
    if (started === undefined) {
      started = execute(commandRequest.parse(JSON.parse(line)), socket, stdin, runtime, run, gone.signal);
      started.catch(() => socket.destroy());
      continue;
    }
    const { stdin: chunk } = commandInput.parse(JSON.parse(line));
    if (chunk === null) stdin.end();
    else stdin.write(Buffer.from(chunk, "base64"));
  }
  stdin.end();
  await started;
}

async function execute(
  request: CommandRequest,
  socket: Socket,
  stdin: PassThrough,
  runtime: Runtime,
  run: RunCommand,
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
