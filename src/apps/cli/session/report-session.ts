import { join, relative } from "node:path";
import { sessionView } from "../../../pipeline/session/session-view.ts";
import { writeSessionReports } from "../../../pipeline/session/write-session-reports.ts";
import { folderSink } from "../../../reports/folder-sink.ts";
import type { CliContext } from "../context.ts";
import { outFolder } from "../out-folder.ts";
import type { InStore } from "../store/in-store.ts";

export interface ReportOptions {
  readonly out: string;
  readonly json?: true;
}

export async function reportSession(
  store: InStore,
  given: string,
  options: ReportOptions,
  context: CliContext,
): Promise<void> {
  const { id, status } = await sessionView(store, given);
  const out = outFolder(options.out, context);
  const inputs = join(out, "inputs");
  const objects = await store.pipeline();
  // A session without reports leaves no empty folder behind.
  const open = async (folder: string) => (status === "COMPLETED" ? await folderSink(folder) : NO_SINK);
  const written = await writeSessionReports(objects, id, await open(out), await open(inputs));
  if (options.json) return context.print(JSON.stringify({ id, out, files: written }));
  context.print(`Wrote ${written.length} files of session ${id} to ${out}:`);
  for (const name of written) context.print(`  ${name}`);
  const near = relative(context.cwd, out) || ".";
  const shown = near.startsWith("..") ? out : near;
  context.note(`Check it: ${verifyCommand(shown, written)}`);
}

const NO_SINK = { open: () => Promise.reject(new Error("there is nothing to write")) };

function verifyCommand(folder: string, written: readonly string[]): string {
  const options = ["devices", "plans", "eligibility", "pools", "taxes"].flatMap((name) =>
    written.includes(`inputs/${name}.csv`)
      ? [`--${name} ${quoted(join(folder, "inputs", `${name}.csv`))}`]
      : [],
  );
  const claims = ["assignments.csv", "certificate.json"].map(
    (name) => `--${name.split(".")[0] ?? ""} ${quoted(join(folder, name))}`,
  );
  return `poolwise verify ${[...options, ...claims].join(" ")}`;
}

/** For a POSIX shell. */
const quoted = (path: string): string =>
  /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
