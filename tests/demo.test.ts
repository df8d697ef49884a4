import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "out/demo");

interface Demo {
  out(): string;
  ended: Promise<number | null>;
  /** To the whole group, as a terminal does on Ctrl-C. */
  interrupt(): void;
}

/** `npm run demo`, with settings around it that must not matter. */
function startDemo(): Demo {
  const env = { ...process.env, DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", DATA_DIR: "/nowhere" };
  const child = spawn("npm", ["run", "-s", "demo"], {
    cwd: root,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (out += text.toString()));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { out: () => out, ended, interrupt: () => void process.kill(-(child.pid ?? 0), "SIGINT") };
}

async function carrierAnswers(): Promise<boolean> {
  const { controlUrl } = JSON.parse(await readFile(join(folder, "carrier.json"), "utf8")) as {
    controlUrl: string;
  };
  return await fetch(`${controlUrl}/stats`).then(
    () => true,
    () => false,
  );
}

test("the-demo-interrupted-leaves-no-process-behind-and-the-next-one-runs-to-its-end", async () => {
  const cut = startDemo();
  while (!cut.out().includes("Reading the fleet from the carrier")) {
    if (cut.out().includes("error:")) throw new Error(cut.out());
    await sleep(50);
  }
  expect(await carrierAnswers()).toBe(true);
  cut.interrupt();
  expect(await cut.ended).not.toBe(0);
  expect(await carrierAnswers()).toBe(false);

  const whole = startDemo();
  expect(await whole.ended, whole.out()).toBe(0);
  expect(await carrierAnswers()).toBe(false);
  expect(whole.out()).toMatch(/Session [0-9a-f-]{36}: COMPLETED/);
  expect(whole.out()).toMatch(/Saves USD [\d,.]+ per billing cycle/);
  expect(whole.out()).toContain("The certificate holds.");
  for (const name of ["report.xlsx", "report.html", "inputs/devices.csv"])
    expect(existsSync(join(folder, "report", name)), name).toBe(true);
}, 300_000);
