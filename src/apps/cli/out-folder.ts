import { resolve } from "node:path";
import type { CliContext } from "./context.ts";
import { optionInvalid } from "./option-invalid.ts";

/**
 * The folder of `--out`. An empty name is a variable that was not set, not the folder at hand.
 * @throws PoolwiseError `option-invalid`.
 */
export function outFolder(out: string, context: CliContext): string {
  if (out === "") throw optionInvalid("--out", out, "the path of a folder");
  return resolve(context.cwd, out);
}
