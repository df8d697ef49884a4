import type { Colour } from "./colour.ts";
import { printable } from "./printable.ts";

/** How a command tells where it is. Stages follow one another; a stage with a total is drawn as a bar. */
export interface Progress {
  /** Begins a stage and ends the one before. `total` is in whatever unit `advance` counts. */
  stage(name: string, total?: number): void;
  /** How much of the stage is done, not how much more. Cheap enough to call for every block of rows. */
  advance(done: number): void;
  /** Takes the bar off the screen. Lines already written stay. */
  end(): void;
}

interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const SILENT: Progress = { stage() {}, advance() {}, end() {} };
const REDRAW_MS = 80;
const BAR_CELLS = 24;

export function createProgress(
  stream: ProgressStream,
  quiet: boolean,
  colour: Colour,
  nowMs: () => number = () => performance.now(),
): Progress {
  if (quiet) return SILENT;
  return stream.isTTY === true ? barOn(stream, colour, nowMs) : linesOn(stream);
}

function linesOn(stream: ProgressStream): Progress {
  let current = "";
  return {
    stage(name) {
      if (name !== current) stream.write(`${printable(name)}\n`);
      current = name;
    },
    advance() {},
    end() {
      current = "";
    },
  };
}

function barOn(stream: ProgressStream, colour: Colour, nowMs: () => number): Progress {
  let name = "";
  let total: number | undefined;
  let done = 0;
  let drawnAtMs = -Infinity;
  const draw = () => {
    drawnAtMs = nowMs();
    const columns = stream.columns ?? 80;
    stream.write(`\r\u001b[2K${barText(printable(name), done, total, columns, colour)}`);
  };
  return {
    stage(nextName, nextTotal) {
      name = nextName;
      total = nextTotal;
      done = 0;
      draw();
    },
    advance(nextDone) {
      done = nextDone;
      if (nowMs() - drawnAtMs >= REDRAW_MS) draw();
    },
    end() {
      stream.write("\r\u001b[2K");
      drawnAtMs = -Infinity;
    },
  };
}

/** One line, never wider than the terminal: a wrapped line could not be taken back. */
export function barText(
  name: string,
  done: number,
  total: number | undefined,
  columns: number,
  colour: Colour,
): string {
  const room = Math.max(0, columns - 1);
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
  const count = done > 0 ? ` ${done.toLocaleString("en-US")}` : "";
  if (share === undefined) return `${name}${count}`.slice(0, room);
  const filled = Math.round(share * BAR_CELLS);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const tail = ` ${percent} %${count}`;
  const head = `${name} `;
  if (head.length + BAR_CELLS + tail.length > room) return `${name}${tail}`.slice(0, room);
  return head + colour("cyan", "█".repeat(filled)) + colour("dim", "░".repeat(BAR_CELLS - filled)) + tail;
}
