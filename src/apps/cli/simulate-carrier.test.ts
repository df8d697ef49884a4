import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

const PROGRAM = `
import { run } from "./src/apps/cli/program.ts";
import { createContext } from "./src/apps/cli/context.ts";
const commands = { "simulate-carrier": () => import("./src/apps/cli/simulate-carrier.ts") };
process.exitCode = await run(process.argv.slice(1), createContext(process), commands);
`;

const ROOT = new URL("../../../", import.meta.url);

function start(...options: string[]) {
  const args = ["--input-type=module", "-e", PROGRAM, "--", "simulate-carrier", ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.setEncoding("utf8");
  child.stdout.setEncoding("utf8");
  let errors = "";
  child.stderr.on("data", (text: string) => (errors += text));
  return { child, errors: () => errors };
}

async function exitOf({ child }: ReturnType<typeof start>): Promise<unknown> {
  const [code] = (await once(child, "close")) as unknown[];
  return code;
}

describe("simulate-carrier", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("serves what it prints until %s", async (signal) => {
    const running = start("--kind", "jasper", "--devices", "70", "--json", "--clock", "2026-03-28T09:00:00Z");
    const [line] = (await once(running.child.stdout, "data")) as [string];
    const printed = JSON.parse(line) as Record<"url" | "username" | "apiKey" | "controlUrl", string>;
    const key = Buffer.from(`${printed.username}:${printed.apiKey}`).toString("base64");
    const found = await fetch(`${printed.url}/devices?modifiedSince=2000-01-01T00:00:00Z`, {
      headers: { Authorization: `Basic ${key}` },
    });
    expect(await found.json()).toMatchObject({ pageNumber: 1, lastPage: false });
    const stats = await fetch(`${printed.controlUrl}/stats`);
    expect(await stats.json()).toMatchObject({ calls: 1, devices: 70, cycle: { startDate: "2026-03-01" } });
    running.child.kill(signal);
    expect(await exitOf(running)).toBe(0);
    expect(running.errors()).toBe("");
  });

  it("says in its answer how to add the account", async () => {
    const running = start(
      "--kind",
      "jasper",
      "--devices",
      "5",
      "--cycle-day",
      "27",
      "--time-zone",
      "Asia/Tokyo",
    );
    const [text] = (await once(running.child.stdout, "data")) as [string];
    running.child.kill("SIGTERM");
    await exitOf(running);
    expect(text).toMatch(/carrier add .*--kind jasper --base-url http:\/\/127\.0\.0\.1:\d+\/rws\/api\/v1/);
    expect(text).toContain("--time-zone Asia/Tokyo --cycle-day 27");
  });

  it.each([
    [["--kind", "thingspace", "--devices", "5"], "cannot be simulated yet"],
    [["--kind", "pigeon", "--devices", "5"], "no carrier that can be simulated"],
    [["--kind", "jasper", "--devices", "0"], "devices must be a whole number from 1"],
    [["--kind", "jasper", "--devices", "many"], "whole number"],
    [["--kind", "jasper"], "--devices"],
    [["--kind", "jasper", "--devices", "5", "--fault", "F99"], 'no fault "F99"'],
    [["--kind", "jasper", "--devices", "5", "--time-zone", "Mars/X"], "IANA"],
    [["--kind", "jasper", "--devices", "5", "--port", "70000"], "port must be"],
  ])("refuses %j with status 2 and the reason", async (options, reason) => {
    const running = start(...options);
    expect(await exitOf(running)).toBe(2);
    expect(running.errors()).toContain(reason);
    expect(running.errors()).not.toContain("    at ");
  });
});
