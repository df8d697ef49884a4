/** Compiles the sources to dist/ for the npm package and copies what they read at run time beside them. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
if (status !== 0) process.exit(1);

for (const folder of ["src", "simulator"]) {
  cpSync(join(root, folder), join(dist, folder), {
    recursive: true,
    filter: (source) => !source.endsWith(".ts") && basename(source) !== "fixtures",
  });
}
