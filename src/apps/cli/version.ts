import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** The version in package.json, from a checkout as from the installed package. */
export function readVersion(): string {
  const path = findPackageJSON("..", import.meta.url);
  if (path === undefined) return "unknown";
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return version;
}
