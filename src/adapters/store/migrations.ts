import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

function read(folder: URL, file: string): Migration {
  const [, version, name] = FILE_NAME.exec(file) ?? [];
  if (version === undefined || name === undefined)
    throw new Error(`${file} is not named like 0001-what-it-does.sql`);
  const sql = readFileSync(new URL(file, folder), "utf8");
  return { version: Number(version), name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
}

/** All migrations of this program in order. They are append-only: one that was released is never edited. */
export function readMigrations(folder = new URL("./migrations/", import.meta.url)): readonly Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .toSorted()
    .map((file) => read(folder, file));
  migrations.forEach(({ version, name }, index) => {
    if (version !== index + 1)
      throw new Error(`migration ${name} has number ${version}, expected ${index + 1}`);
  });
  return migrations;
}
