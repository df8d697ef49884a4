import { once } from "node:events";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { startJasperSimulator } from "../../../simulator/jasper/start-jasper-simulator.ts";
import type { JasperSimulator } from "../../../simulator/jasper/start-jasper-simulator.ts";
import { FAULTS } from "../../../simulator/jasper/faults/fault-spec.ts";
import type { JasperSimulatorOptions } from "../../../simulator/jasper/options.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { CliContext } from "./context.ts";

interface Options {
  readonly kind: string;
  readonly devices: number;
  readonly seed: number;
  readonly port: number;
  readonly callsPerSecond: number;
  readonly concurrency: number;
  readonly fault: string[];
  readonly timeZone: string;
  readonly cycleDay: number;
  readonly clock?: string;
  readonly clockRate: number;
  readonly json?: true;
}

export function register(program: Command, context: CliContext): void {
  program
    .command("simulate-carrier")
    .description("Runs a carrier to try everything against, on this machine only, until it is interrupted.")
    .requiredOption("--kind <kind>", "jasper (Cisco Control Center)")
    .requiredOption("--devices <number>", "how many SIMs, up to 4,000,000", wholeNumber)
    .option("--seed <number>", "the same seed and clock give the same fleet", wholeNumber, 1)
    .option("--port <number>", "0 takes any free port", wholeNumber, 0)
    .option("--calls-per-second <number>", "the pace it allows; 0 lifts the limit", wholeNumber, 5)
    .option("--concurrency <number>", "calls at a time that it allows; 0 lifts the limit", wholeNumber, 1)
    .option(
      "--fault <name[:param=value,…]>",
      "a fault to inject, F1 to F17 or all; may be repeated",
      collect,
      [],
    )
    .option("--time-zone <zone>", "IANA name", "America/New_York")
    .option("--cycle-day <day>", "day of the month on which billing cycles start", wholeNumber, 1)
    .option("--clock <instant>", "where the carrier's clock starts, ISO-8601; now unless said")
    .option("--clock-rate <number>", "how fast that clock runs; 0 stands still", decimal, 1)
    .option("--json", "print one line of JSON with the connection")
    .addHelpText("after", helpText())
    .action(async (options: Options) => simulate(options, context));
}

async function simulate(options: Options, context: CliContext): Promise<void> {
  const simulator = await start(options);
  context.print(
    options.json ? JSON.stringify(connection(simulator, options)) : instructions(simulator, options),
  );
  await interrupted();
  await simulator.close();
}

async function start(options: Options): Promise<JasperSimulator> {
  if (options.kind === "thingspace") {
    throw new PoolwiseError(
      "option-invalid",
      "--kind thingspace: this carrier cannot be simulated yet. Use --kind jasper.",
    );
  }
  if (options.kind !== "jasper") {
    throw new PoolwiseError(
      "option-invalid",
      `--kind "${options.kind}" is no carrier that can be simulated. Use --kind jasper.`,
    );
  }
  try {
    return await startJasperSimulator(toSimulatorOptions(options));
  } catch (error) {
    if (error instanceof RangeError) {
      throw new PoolwiseError("option-invalid", `simulate-carrier: ${error.message}`, { cause: error });
    }
    if (portTaken(error)) {
      const message = `--port ${options.port} is in use or not allowed. Name another one, or 0 for any free port.`;
      throw new PoolwiseError("option-invalid", message, { cause: error });
    }
    throw error;
  }
}

function toSimulatorOptions(options: Options): JasperSimulatorOptions {
  const { devices, seed, port, callsPerSecond, concurrency, timeZone, cycleDay, clock, clockRate } = options;
  const limits = { callsPerSecond, concurrency };
  const time = { timeZone, cycleDay, clockRate, ...(clock === undefined ? {} : { clock }) };
  return { devices, seed, port, ...limits, ...time, faults: options.fault };
}

function portTaken(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")
  );
}

function connection(simulator: JasperSimulator, options: Options): Record<string, unknown> {
  const { cycle, clock } = simulator.control.stats();
  return {
    kind: options.kind,
    url: simulator.url,
    username: simulator.username,
    apiKey: simulator.apiKey,
    controlUrl: `${simulator.origin}/__sim`,
    devices: options.devices,
    timeZone: options.timeZone,
    cycleDay: options.cycleDay,
    currency: "USD",
    callsPerSecond: options.callsPerSecond,
    concurrency: options.concurrency,
    clock,
    cycle,
  };
}

function instructions(simulator: JasperSimulator, options: Options): string {
  const { cycle, clock } = simulator.control.stats();
  const { origin, url, username, apiKey } = simulator;
  const pace = options.callsPerSecond > 0 ? ` --calls-per-second ${options.callsPerSecond}` : "";
  return `A simulated Control Center with ${options.devices} SIMs, until Ctrl+C.

  url       ${url}
  username  ${username}
  key       ${apiKey}
  clock     ${clock}, billing cycle ${cycle.start} to ${cycle.end}

Add it as a carrier account, then its contract:

  export SIMULATOR_KEY=${apiKey}
  poolwise carrier add --name Simulator --kind jasper --base-url ${url} --username ${username} \\
    --secret-env SIMULATOR_KEY --time-zone ${options.timeZone} --cycle-day ${options.cycleDay} --currency USD${pace}
  curl -s ${origin}/__sim/plans.csv > plans.csv
  curl -s ${origin}/__sim/pools.csv > pools.csv
  curl -s ${origin}/__sim/eligibility.csv > eligibility.csv
  poolwise plans import --account ID --plans plans.csv --pools pools.csv
  poolwise eligibility import --account ID --file eligibility.csv

What it counts, what is really so, and what it bills:

  curl -s ${origin}/__sim/stats
  curl -s ${origin}/__sim/truth
  curl -s "${origin}/__sim/invoice?lines=no"`;
}

async function interrupted(): Promise<void> {
  const waiting = new AbortController();
  const signals = ["SIGINT", "SIGTERM"].map((signal) => once(process, signal, { signal: waiting.signal }));
  for (const signal of signals) signal.catch(() => undefined);
  await Promise.race(signals);
  waiting.abort();
}

function helpText(): string {
  const faults = Object.entries(FAULTS).map(([name, { title, kinds }]) => {
    const choice = kinds.length > 1 ? ` (kind=${kinds.filter((kind) => kind !== "any").join("|")})` : "";
    return `  ${name.padEnd(4)} ${title}${choice}`;
  });
  return `
Faults:
${faults.join("\n")}
  When: probability=0.1, iccid=A+B, calls=10-20, from=ISO, until=ISO, route=searchDevices, times=3

Example:
  poolwise simulate-carrier --kind jasper --devices 10000 --seed 7 --fault F4:probability=0.02 --fault F8:times=20
`;
}

function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError("A whole number was expected.");
  return Number(text);
}

function decimal(text: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError("A number from 0 up was expected.");
  return Number(text);
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
