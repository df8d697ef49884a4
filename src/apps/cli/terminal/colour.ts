import { styleText } from "node:util";

export type Format = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** Returns the text in that format, or as it came where the stream shows no colour. */
export type Colour = (format: Format, text: string) => string;

/** Colour on a terminal only; `NO_COLOR` (any value) turns it off, `FORCE_COLOR` (but 0) turns it on. */
export function chooseColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Colour {
  return showsColour(stream, env)
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_format, text) => text;
}

function showsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}
