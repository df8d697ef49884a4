import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { folderSink } from "../reports/folder-sink.ts";
import { openRig, runSession } from "./fixtures/rig.ts";
import { verifyFolder } from "./fixtures/verify-folder.ts";
import { writeSessionReports } from "./session/write-session-reports.ts";

/** Without its overage rate a plan that charges overage cannot be priced. */
const spoil = (csv: string): string => csv.replace(/^(MON-FLEX 10MB,.*?,charge,)[^,]+,/m, "$1,");

/** `poolwise optimize` on the inputs beside the reports of a session. */
async function optimizeInputs(
  folder: string,
  { start, end }: { start: string; end: string },
): Promise<unknown> {
  const inputs = ["devices", "plans", "eligibility", "pools", "taxes"].flatMap((name) => {
    const file = join(folder, "inputs", `${name}.csv`);
    return existsSync(file) ? [`--${name}`, file] : [];
  });
  const period = ["--period-start", start, "--period-end", end];
  const main = resolve(import.meta.dirname, "../apps/cli/main.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    "optimize",
    ...inputs,
    ...period,
    "--quarantine",
    "--json",
  ]);
  return JSON.parse(stdout);
}

test("a-session-with-a-plan-set-aside-and-usages-unknown-comes-to-what-optimize-comes-to-on-its-inputs-and-verify-accepts-it", async () => {
  const rig = await openRig({
    simulator: { devices: 260, faults: ["F11:kind=null-usage,probability=0.5"] },
    plans: spoil,
    settings: { invalidPlans: "quarantine" },
    concurrency: 1,
  });
  const folder = await mkdtemp(join(tmpdir(), "poolwise-as-optimize-"));
  try {
    const view = await runSession(rig);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    const { baseline_cost, optimized_cost, lower_bound, optimized_devices, excluded } =
      view.summary as Record<string, unknown>;
    expect(excluded).toMatchObject({
      "usage unknown": expect.any(Number) as number,
      "current plan set aside as invalid": expect.any(Number) as number,
    });
    await writeSessionReports(
      rig.context,
      view.id,
      await folderSink(folder),
      await folderSink(join(folder, "inputs")),
    );
    expect(await optimizeInputs(folder, view.period)).toMatchObject({
      baseline_cost,
      optimized_cost,
      lower_bound,
      optimized_devices,
    });
    expect(await verifyFolder(folder)).toMatchObject({ holds: true, reasons: [] });
  } finally {
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  }
});
