import { Command, CommanderError } from "commander";
import type { CliContext, RunCommand, ShellContext } from "./context.ts";
import { errorText, exitStatusOf } from "./terminal/error-text.ts";
import { readVersion } from "./version.ts";

interface CommandModule {
  /** `runCommand` is for a command that runs others, of other processes. */
  register(program: Command, context: CliContext, runCommand: RunCommand): void;
}

export type CommandTable = Readonly<Record<string, () => Promise<CommandModule>>>;

/** Every command, in the order of the help. A file is loaded only when its command, or the help, is asked for. */
export const COMMANDS: CommandTable = {
  optimize: () => import("./optimize.ts"),
  verify: () => import("./verify.ts"),
  serve: () => import("./serve.ts"),
  worker: () => import("./worker.ts"),
  carrier: () => import("./carrier.ts"),
  plans: () => import("./plans.ts"),
  eligibility: () => import("./eligibility.ts"),
  session: () => import("./session.ts"),
  devices: () => import("./devices.ts"),
  "dead-letters": () => import("./dead-letters.ts"),
  notifications: () => import("./notifications.ts"),
  migrate: () => import("./migrate.ts"),
  doctor: () => import("./doctor.ts"),
  "generate-fleet": () => import("./generate-fleet.ts"),
  "simulate-carrier": () => import("./simulate-carrier.ts"),
};

const SUMMARY = "Finds the cheapest rate plan for every SIM, and proves how close to the cheapest it is.";

/** Runs one command line (without `node` and the script) and returns the exit status. */
export async function run(
  args: readonly string[],
  context: ShellContext,
  commands: CommandTable = COMMANDS,
): Promise<0 | 1 | 2> {
  const program = createProgram(context);
  const named = args.find((arg) => Object.hasOwn(commands, arg));
  try {
    await registerCommands(program, named, context, commands);
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync([...args], { from: "user" });
    return context.exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) return callStatus(error, wordsOf(program, args), context);
    const { debug = false } = program.opts<{ debug?: boolean }>();
    context.stderr.write(errorText(error, debug, context.stderrColour));
    return exitStatusOf(error);
  }
}

function createProgram(context: ShellContext): Command {
  const { stdout, stderr } = context;
  return new Command("poolwise")
    .description(SUMMARY)
    .version(readVersion(), "-V, --version", "print the version")
    .option("--quiet", "no progress and no notes, only the answer and errors")
    .option("--debug", "show where in the program an error came from")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => context.colour("bold", title) })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, context.stderrColour("red", "error:"))),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .hook("preAction", (program) => {
      const { quiet = false, debug = false } = program.opts<{ quiet?: boolean; debug?: boolean }>();
      context.verbosity.quiet = quiet;
      context.verbosity.debug = debug;
    });
}

async function registerCommands(
  program: Command,
  named: string | undefined,
  context: CliContext,
  commands: CommandTable,
): Promise<void> {
  const only = named === undefined ? undefined : commands[named];
  const loaders = only === undefined ? Object.values(commands) : [only];
  for (const command of await Promise.all(loaders.map((load) => load()))) {
    command.register(program, context, (args, shell) => run(args, shell, commands));
  }
}

/** The command that was called, with its subcommand, as far as the words name one. */
function wordsOf(program: Command, args: readonly string[]): string {
  const words: string[] = [];
  let command = program;
  for (const arg of args) {
    const found = command.commands.find((each) => each.name() === arg);
    if (found === undefined) continue;
    words.push(arg);
    command = found;
  }
  return words.map((word) => `${word} `).join("");
}

function callStatus(error: CommanderError, words: string, context: CliContext): 0 | 2 {
  if (error.exitCode === 0) return 0;
  if (error.code !== "commander.help") context.stderr.write(`See \`poolwise ${words}--help\`.\n`);
  return 2;
}
