import type { Writable } from "node:stream";

/**
 * Where reports go. A file that is opened appears under its name, whole, once its stream has finished; a stream that
 * is destroyed leaves what was there before.
 */
export interface ReportSink {
  open(name: string): Promise<Writable>;
}
