import { createContext } from "./context.ts";
import { run } from "./program.ts";
import { errorText } from "./terminal/error-text.ts";

const context = createContext(process);

// A reader that has seen enough (`poolwise … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});
process.stderr.on("error", () => {});

process.on("uncaughtException", (error) => {
  process.stderr.write(errorText(error, process.argv.includes("--debug"), context.stderrColour));
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), context);
