import type { Instance } from "./instance.ts";
import type { Solution } from "./solution.ts";
import type { SolveOptions } from "./solve.ts";
export function solveLarge(_instance: Instance, _start: Uint16Array | undefined, _options: SolveOptions): Solution {
  throw new Error("later");
}
