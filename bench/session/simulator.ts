import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A simulated carrier in a process of its own, without a pace. */
export interface RunningSimulator {
  readonly url: string;
  readonly username: string;
  readonly apiKey: string;
  readonly timeZone: string;
  readonly cycleDay: number;
  /** What its clock, which stands still, says: inside the window of its billing cycle. */
  readonly nowMs: number;
  /** One of its contract's files. */
  readonly file: (name: "plans.csv" | "pools.csv" | "eligibility.csv") => Promise<string>;
  readonly stop: () => void;
}

const CLOCK = "2026-03-28T09:00:00Z";
const command = fileURLToPath(new URL("../../src/apps/cli/main.ts", import.meta.url));

interface Connection {
  readonly url: string;
  readonly username: string;
  readonly apiKey: string;
  readonly controlUrl: string;
  readonly timeZone: string;
  readonly cycleDay: number;
}

export async function startSimulator(devices: number): Promise<RunningSimulator> {
  const words = ["--kind", "jasper", "--devices", String(devices), "--clock", CLOCK, "--clock-rate", "0"];
  const pace = ["--calls-per-second", "0", "--concurrency", "0"];
  const child = spawn(process.execPath, [command, "simulate-carrier", ...words, ...pace, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes("\n")) break;
  }
  if (!printed.includes("\n")) throw new Error("the simulator did not start");
  const { controlUrl, ...connection } = JSON.parse(printed) as Connection;
  return {
    ...connection,
    nowMs: Date.parse(CLOCK),
    file: async (name) => await (await fetch(`${controlUrl}/${name}`)).text(),
    stop: () => void child.kill("SIGTERM"),
  };
}
