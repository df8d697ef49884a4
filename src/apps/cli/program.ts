import { Command, CommanderError } from "commander";
import type { CliContext, ShellContext } from "./context.ts";
import { errorText, exitStatusOf } from "./terminal/error-text.ts";
import { readVersion } from "./version.ts";

interface CommandModule {
  register(program: Command, context: CliContext): void;
}

export type CommandTable = Readonly<Record<string, () => Promise<CommandModule>>>;

/** Every command, in the order of the help. A file is loaded only when its command, or the help, is asked for. */
export const COMMANDS: CommandTable = {
  optimize: () => import("./optimize.ts"),
  verify: () => import("./verify.ts"),
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
    if (error instanceof CommanderError) return callStatus(error, named, context);
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
    command.register(program, context);
  }
}

function callStatus(error: CommanderError, named: string | undefined, context: CliContext): 0 | 2 {
  if (error.exitCode === 0) return 0;
  if (error.code !== "commander.help") {
    context.stderr.write(`See \`poolwise ${named === undefined ? "" : `${named} `}--help\`.\n`);
  }
  return 2;
}
