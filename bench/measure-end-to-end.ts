/** Generates a fleet's files, optimises them to all reports, and prints a line of JSON: `node bench/measure-end-to-end.ts 1000000`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EndToEndResult } from "./records.ts";

const size = Number(process.argv[2]);
if (!(size > 0)) throw new Error(`no such size: ${process.argv[2]}`);
const command = fileURLToPath(new URL("../src/apps/cli/main.ts", import.meta.url));
const reportPeak = new URL("report-peak-memory.ts", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "poolwise-bench-"));
const fleet = join(folder, "fleet");
const out = join(folder, "out");
try {
  const generated = run(["generate-fleet", "--devices", String(size), "--out", fleet]);
  const files = readdirSync(fleet);
  const inputs = ["devices", "plans", "eligibility", "pools", "taxes"].flatMap((input) => {
    const file = files.find((found) => found.startsWith(`${input}.`));
    return file === undefined ? [] : [`--${input}`, join(fleet, file)];
  });
  const optimized = run(["optimize", ...inputs, "--out", out]);
  const certificate: unknown = JSON.parse(readFileSync(join(out, "certificate.json"), "utf8"));
  const gap =
    typeof certificate === "object" && certificate !== null && "gap" in certificate
      ? Number(certificate.gap)
      : Number.NaN;
  const record: EndToEndResult = {
    kind: "end-to-end",
    family: "generate-fleet",
    size,
    generateSeconds: generated.seconds,
    optimizeSeconds: optimized.seconds,
    peakRssBytes: optimized.peakRssBytes,
    files: readdirSync(out).length,
    gap,
  };
  console.log(JSON.stringify(record));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(args: readonly string[]): { seconds: number; peakRssBytes: number } {
  const begun = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", reportPeak, command, "--quiet", ...args],
    { encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  const seconds = (performance.now() - begun) / 1000;
  const peak = /peak-rss-kib (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || peak === undefined)
    throw new Error(`poolwise ${args[0]} ended with ${status}: ${stderr}`);
  return { seconds, peakRssBytes: Number(peak) * 1024 };
}
