import type { Colour, Format } from "./terminal/colour.ts";
import { chooseColour } from "./terminal/colour.ts";
import type { Progress } from "./terminal/progress.ts";
import { createProgress } from "./terminal/progress.ts";

/** A stream as a command sees it: tests put a collecting one in its place. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** The process around a command. `process` itself is one. */
export interface Surroundings {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/** What every command gets: where to write, how much to say, and what it stands in. */
export interface CliContext {
  /** For the answer only; with `--json` for nothing but the one document. */
  readonly stdout: OutputStream;
  /** For progress and diagnostics. */
  readonly stderr: OutputStream;
  readonly stdin: InputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of options are resolved against it. */
  readonly cwd: string;
  /** `--quiet`: no progress and no notes; answers and errors stay. */
  readonly quiet: boolean;
  /** `--debug`: stack traces with errors. */
  readonly debug: boolean;
  /** Colours text meant for stdout, where stdout shows colour. */
  readonly colour: Colour;
  /** The same for stderr. */
  readonly stderrColour: Colour;
  /** Writes a line of the answer to stdout. */
  print(line: string): void;
  /** Writes a line to stderr that `--quiet` silences. */
  note(line: string): void;
  /** Writes a line to stderr in any case. */
  warn(line: string): void;
  /** A bar on a terminal, a line at each stage otherwise, nothing under `--quiet`. */
  progress(): Progress;
  /** Exit status of a command that ran and whose answer is no. Errors set theirs by being thrown. */
  setExitStatus(status: 0 | 1): void;
}

/** What the global options say; the shell sets it once they are parsed. */
export interface Verbosity {
  quiet: boolean;
  debug: boolean;
}

export interface ShellContext extends CliContext {
  readonly verbosity: Verbosity;
  readonly exitStatus: 0 | 1;
}

export function createContext(around: Surroundings): ShellContext {
  const verbosity: Verbosity = { quiet: false, debug: false };
  const colour = chooseColour(around.stdout, around.env);
  const stderrColour = chooseColour(around.stderr, around.env);
  let exitStatus: 0 | 1 = 0;
  const say = (line: string, format: Format) => around.stderr.write(`${stderrColour(format, line)}\n`);
  return {
    stdin: around.stdin,
    stdout: around.stdout,
    stderr: around.stderr,
    env: around.env,
    cwd: around.cwd(),
    verbosity,
    colour,
    stderrColour,
    get quiet() {
      return verbosity.quiet;
    },
    get debug() {
      return verbosity.debug;
    },
    get exitStatus() {
      return exitStatus;
    },
    print(line) {
      around.stdout.write(`${line}\n`);
    },
    note(line) {
      if (!verbosity.quiet) say(line, "dim");
    },
    warn(line) {
      say(line, "yellow");
    },
    progress() {
      return createProgress(around.stderr, verbosity.quiet, stderrColour);
    },
    setExitStatus(status) {
      exitStatus = status;
    },
  };
}

/** Runs one command line and returns its exit status. */
export type RunCommand = (args: readonly string[], context: ShellContext) => Promise<0 | 1 | 2>;
