import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, open, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Writable } from "node:stream";
import { PoolwiseError } from "../billing/errors.ts";
import { makeFolder } from "./make-folder.ts";
import type { ReportSink } from "./sink.ts";

/**
 * Files in a folder, which is made where it is missing.
 * @throws PoolwiseError `output-unwritable` before anything is computed, where the folder cannot be written.
 */
export async function folderSink(directory: string): Promise<ReportSink> {
  try {
    await makeFolder(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(directory, error);
  }
  return {
    async open(name) {
      if (name !== basename(name) || name.startsWith("."))
        throw unwritable(join(directory, name), new Error("the name is not a plain file name"));
      return await openInPlace(join(directory, name), join(directory, `.${name}.${process.pid}.partial`));
    },
  };
}

/** Writes beside the target and takes its place at the end. */
async function openInPlace(target: string, partial: string): Promise<Writable> {
  let file: FileHandle;
  try {
    file = await open(partial, "w");
  } catch (error) {
    throw unwritable(target, error);
  }
  const drop = async (): Promise<void> => {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
  };
  let placed = false;
  return new Writable({
    highWaterMark: 1 << 20,
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, done) {
      file.writeFile(chunk).then(
        () => done(),
        (error: unknown) => done(unwritable(target, error)),
      );
    },
    final(done) {
      file
        .close()
        .then(async () => await rename(partial, target))
        .then(
          () => {
            placed = true;
            done();
          },
          (error: unknown) => done(unwritable(target, error)),
        );
    },
    destroy(error, done) {
      if (placed) done(error);
      else
        drop().then(
          () => done(error),
          () => done(error),
        );
    },
  });
}

function unwritable(path: string, cause: unknown): PoolwiseError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PoolwiseError(
    "output-unwritable",
    `${path} cannot be written: ${why}. Name a folder that this user may write to, on a disk with room, with --out.`,
    { data: { path }, cause },
  );
}
