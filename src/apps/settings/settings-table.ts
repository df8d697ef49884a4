import { ENTRIES } from "./definitions.ts";

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = ENTRIES.map(([name, { kind, fallback, about, parameter }]) => {
    const secret = kind.secret === true ? "; secret" : "";
    const from = parameter === undefined ? "" : `. Parameter \`${parameter}\``;
    return `| \`${name}\` | ${kind.written}${secret} | ${fallback === undefined ? "" : `\`${fallback}\``} | ${about}${from} |`;
  });
  return ["| setting | written as | unless set | what it does |", "|---|---|---|---|", ...rows].join("\n");
}
