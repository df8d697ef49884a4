import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { PoolwiseError } from "../../billing/errors.ts";
import { makeFolder } from "../../reports/make-folder.ts";
import type { CliContext } from "./context.ts";
import { outFolder } from "./out-folder.ts";
import { fleetFiles, type FleetFile } from "./generate-fleet/fleet-files.ts";

const MAX_DEVICES = 100_000_000;

interface Options {
  readonly devices: number;
  readonly seed: number;
  readonly out: string;
  readonly prorated?: true;
  readonly force?: true;
  readonly json?: true;
}

interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command("generate-fleet")
    .description("Writes the files of an example fleet: SIMs, rate plans, eligibility, pools and taxes.")
    .requiredOption("--devices <number>", "how many SIMs, up to 100,000,000", wholeNumber)
    .option("--seed <number>", "the same seed gives the same bytes", wholeNumber, 1)
    .requiredOption("--out <folder>", "where to write; it is made if it does not exist")
    .option("--prorated", "plans prorate a part of the cycle by active days")
    .option("--force", "write over files that exist")
    .option("--json", "print the written files as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: Options) => generate(options, context));
}

async function generate(options: Options, context: CliContext): Promise<void> {
  refuseCount(options.devices);
  const folder = outFolder(options.out, context);
  const progress = context.progress();
  const files: WrittenFile[] = [];
  try {
    await makeFolder(folder);
    for (const file of fleetFiles({ ...options, prorated: options.prorated === true })) {
      progress.stage(`writing ${file.name}`);
      files.push(await write(file, resolve(folder, file.name), options.force === true));
    }
  } catch (cause) {
    throw unwritable(options.out, cause);
  } finally {
    progress.end();
  }
  context.print(
    options.json
      ? JSON.stringify({ devices: options.devices, seed: options.seed, files })
      : answer(files, options),
  );
}

async function write(file: FleetFile, path: string, force: boolean): Promise<WrittenFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(path, force ? "w" : "wx");
  try {
    for (const chunk of file.chunks) {
      const encoded = Buffer.from(chunk);
      hash.update(encoded);
      bytes += encoded.length;
      await handle.writeFile(encoded);
    }
  } finally {
    await handle.close();
  }
  return { name: file.name, bytes, sha256: hash.digest("hex") };
}

function answer(files: readonly WrittenFile[], options: Options): string {
  const lines = files.map(
    (file) => `  ${file.name.padEnd(16)} ${file.bytes.toLocaleString("en-US").padStart(14)} bytes`,
  );
  const inputs = files
    .map((file) => `--${file.name.replace(".csv", "")} ${JSON.stringify(`${options.out}/${file.name}`)}`)
    .join(" ");
  const period = options.prorated === true ? " --period-start 2026-11-01 --period-end 2026-12-01" : "";
  return `${options.devices.toLocaleString("en-US")} SIMs in ${options.out}:\n${lines.join("\n")}\n\nNext:\n  poolwise optimize ${inputs}${period} --out result`;
}

function refuseCount(devices: number): void {
  if (devices >= 1 && devices <= MAX_DEVICES) return;
  throw new PoolwiseError(
    "option-invalid",
    `--devices ${devices}: expected 1 to ${MAX_DEVICES.toLocaleString("en-US")}.`,
    {
      data: { option: "devices", got: devices, limit: MAX_DEVICES },
    },
  );
}

function unwritable(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !("code" in cause)) return cause;
  const message =
    cause.code === "EEXIST"
      ? `${folder} holds a file of this name already${"path" in cause ? ` (${String(cause.path)})` : ""}. Name another folder, or use --force to write over it.`
      : `${folder} cannot be written (${cause.message}). Check the path, its permissions and the room on the disk.`;
  return new PoolwiseError("output-unwritable", message, { data: { folder }, cause });
}

const HELP = `
The fleet is a mixture of silent SIMs, meters, trackers, routers and cameras with firmware days, mid-cycle starts and
breakdowns; its shares and prices are assumptions, no carrier's own. Plans were chosen as people in a hurry do.

Example:
  poolwise generate-fleet --devices 10000 --seed 1 --out fleet
`;

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("A whole number was expected.");
  return Number(text);
}
