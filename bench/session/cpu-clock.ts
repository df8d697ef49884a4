import type { Database } from "../../src/ports/database.ts";
import { serverCpu } from "./server-cpu.ts";

/** Processor seconds: of this process with all its threads, and of the database's server. */
export interface CpuSeconds {
  readonly worker: number;
  readonly server: number;
}

export type CpuClock = () => CpuSeconds;

export async function cpuClock(database: Database): Promise<CpuClock> {
  const server = await serverCpu(database);
  return () => {
    const { user, system } = process.cpuUsage();
    return { worker: (user + system) / 1e6, server: server?.() ?? 0 };
  };
}

export const sum = ({ worker, server }: CpuSeconds): number => worker + server;
