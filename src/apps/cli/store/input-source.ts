import { isAbsolute, resolve } from "node:path";
import type { InputSource } from "../../../carriers/files/input-source.ts";
import { STANDARD_INPUT } from "../../../carriers/files/input-source.ts";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { CliContext } from "../context.ts";

/** A file of an option, as the command's caller means it. */
export function inputSource(path: string, context: CliContext): InputSource {
  if (path === STANDARD_INPUT) return { name: "standard input", stream: context.stdin };
  return isAbsolute(path) || context.cwd === process.cwd() ? path : resolve(context.cwd, path);
}

/** @throws PoolwiseError `option-invalid` where several options are `-`. */
export function onePipe(options: Readonly<Record<string, string | undefined>>): void {
  const piped = Object.entries(options).filter(([, path]) => path === STANDARD_INPUT);
  if (piped.length < 2) return;
  throw new PoolwiseError(
    "option-invalid",
    `${piped.map(([name]) => `--${name}`).join(" and ")} are all -; standard input can be only one of them.`,
  );
}
