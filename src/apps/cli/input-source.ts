import { isAbsolute, resolve } from "node:path";
import { PoolwiseError } from "../../billing/errors.ts";
import type { InputSource } from "../../carriers/files/input-source.ts";
import { STANDARD_INPUT } from "../../carriers/files/input-source.ts";
import type { CliContext } from "./context.ts";
import { optionInvalid } from "./option-invalid.ts";

/** A file of an option: the path as it was given where that leads there, so that messages name it as the caller did. */
export function inputSource(path: string, context: CliContext): InputSource {
  if (path === STANDARD_INPUT) return { name: "standard input", stream: context.stdin };
  return isAbsolute(path) || context.cwd === process.cwd() ? path : resolve(context.cwd, path);
}

/** The files of those options that were given. @throws PoolwiseError `option-invalid` where one is empty, or several are `-`. */
export function inputSources<Name extends string>(
  options: Readonly<Partial<Record<Name, string>>>,
  names: readonly Name[],
  context: CliContext,
): Partial<Record<Name, InputSource>> {
  onePipe(Object.fromEntries(names.map((name) => [name, options[name]])));
  const sources: Partial<Record<Name, InputSource>> = {};
  for (const name of names) {
    const path = options[name];
    if (path === "") throw optionInvalid(`--${name}`, path, "the path of a file, or - for standard input");
    if (path !== undefined) sources[name] = inputSource(path, context);
  }
  return sources;
}

/** @throws PoolwiseError `option-invalid` where several options are `-`. */
export function onePipe(options: Readonly<Record<string, string | undefined>>): void {
  const piped = Object.entries(options).filter(([, path]) => path === STANDARD_INPUT);
  if (piped.length < 2) return;
  throw new PoolwiseError(
    "option-invalid",
    `${piped.map(([name]) => `--${name}`).join(" and ")} are all -; standard input can be only one of them. Name files for the others.`,
  );
}
