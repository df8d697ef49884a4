/** Finds what the documentation points at and is not there: links, headings, and paths in `code`. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export interface DeadReference {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

const LINK = /!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const HTML_LINK = /\b(?:href|src)="([^"]+)"/g;
const CODE = /`([^`\n]+)`/g;
/** A path in code counts where it begins with a folder or file of this repository. */
const OWN_PATH =
  /^(?:\.\/)?((?:src|simulator|tests|bench|examples|docs|bin|web|infra)\/[\w@.\-/*]*|[\w-]+\.(?:md|ts|json))$/;
/** Files that a run writes or a person brings, named in the docs by their bare name. */
const NOT_OURS = /^(?:summary|certificate)\.json$/;

export function findDeadReferences(root: string): DeadReference[] {
  const files = globSync("**/*.md", { cwd: root, exclude: (name) => SKIPPED.test(name) });
  return files.flatMap((file) => deadIn(root, file));
}

const SKIPPED = /(?:^|\/)(?:node_modules|dist|out|coverage|\.git|\.poolwise)(?:\/|$)/;

function deadIn(root: string, file: string): DeadReference[] {
  const dead: DeadReference[] = [];
  let fenced = false;
  for (const [index, text] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
    if (/^\s*(?:```|~~~)/.test(text)) {
      fenced = !fenced;
      continue;
    }
    if (fenced) continue;
    const links = [...text.matchAll(LINK), ...text.matchAll(HTML_LINK)].map((match) => match[1] ?? "");
    const paths = [...text.matchAll(CODE)].map((match) => match[1] ?? "");
    const missing = [
      ...links.filter((target) => isDeadLink(root, file, target)),
      ...paths.filter((path) => isDeadPath(root, file, path)),
    ];
    dead.push(...missing.map((target) => ({ file, line: index + 1, target })));
  }
  return dead;
}

function isDeadLink(root: string, file: string, target: string): boolean {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return false;
  const [path = "", anchor] = target.split("#");
  const found = path === "" ? join(root, file) : resolve(root, dirname(file), decodeURIComponent(path));
  if (relative(root, found).startsWith("..") || !existsSync(found)) return true;
  return anchor !== undefined && found.endsWith(".md") && !headingsOf(found).has(anchor);
}

function isDeadPath(root: string, file: string, text: string): boolean {
  const path = OWN_PATH.exec(text)?.[1];
  if (path === undefined || NOT_OURS.test(path)) return false;
  if (path.includes("*")) return globSync(path, { cwd: root }).length === 0;
  return !existsSync(join(root, path)) && !existsSync(join(root, dirname(file), path));
}

/** Anchors as the usual hosts make them: lower case, blanks to hyphens, punctuation gone, repeats numbered. */
function headingsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of readFileSync(file, "utf8").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let unique = anchor;
    for (let repeat = 1; anchors.has(unique); repeat++) unique = `${anchor}-${repeat}`;
    anchors.add(unique);
  }
  return anchors;
}

if (import.meta.main) {
  const dead = findDeadReferences(resolve(import.meta.dirname, "../.."));
  for (const { file, line, target } of dead) console.error(`${file}:${line}: ${target} is not there`);
  process.exitCode = dead.length === 0 ? 0 : 1;
}
