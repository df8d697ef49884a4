import { expect, test } from "vitest";
import { barText, createProgress } from "./progress.ts";

const plain = (_format: unknown, text: string) => text;

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, written, write: (text: string) => written.push(text) };
}

test("writes one line a stage where there is no terminal", () => {
  const log = stream(false);
  const progress = createProgress(log, false, plain);
  progress.stage("Reading devices", 100);
  progress.advance(50);
  progress.stage("Reading devices", 100);
  progress.stage("Optimising");
  progress.end();
  expect(log.written).toEqual(["Reading devices\n", "Optimising\n"]);
});

test("redraws at most every 80 ms and leaves a clean line behind", () => {
  const terminal = stream(true);
  let nowMs = 0;
  const progress = createProgress(terminal, false, plain, () => nowMs);
  progress.stage("Reading", 1000);
  for (let done = 1; done <= 1000; done++) {
    nowMs = done;
    progress.advance(done);
  }
  progress.end();
  expect(terminal.written.length).toBe(1 + Math.floor(1000 / 80) + 1);
  expect(terminal.written.at(-1)).toBe("\r\u001b[2K");
});

test("a bar never fills the line, whatever the terminal's width and the figures", () => {
  for (const columns of [1, 10, 40, 80, 200]) {
    for (const done of [-5, 0, 1, 500, 1000, 5000]) {
      for (const total of [undefined, 0, 1000]) {
        expect(barText("Reading the devices", done, total, columns, plain).length).toBeLessThan(columns);
      }
    }
  }
  expect(barText("Reading", 450, 1000, 80, plain)).toBe(
    `Reading ${"█".repeat(11)}${"░".repeat(13)}  45 % 450`,
  );
});

test("says nothing when quiet", () => {
  const log = stream(false);
  const progress = createProgress(log, true, plain);
  progress.stage("Reading");
  progress.advance(1);
  progress.end();
  expect(log.written).toEqual([]);
});
