import { Worker } from "node:worker_threads";

/** Bytes while something ran, beyond what there was before. */
export interface MemoryUse {
  /** Highest resident set, sampled every 2 ms: code, heap and garbage included. */
  readonly rssBytes: number;
  /** Most typed arrays alive or not yet collected, at the moments that `sample` was called. */
  readonly arrayBytes: number;
}

const SAMPLER = `
  const { workerData: cells } = require("node:worker_threads");
  const shared = new Float64Array(cells), flag = new Int32Array(cells, 8, 2);
  Atomics.store(flag, 1, 1); Atomics.notify(flag, 1);
  while (Atomics.load(flag, 0) === 0) {
    const rss = process.memoryUsage.rss();
    if (rss > shared[0]) shared[0] = rss;
    Atomics.wait(flag, 0, 0, 2);
  }
`;

/**
 * Runs something synchronous while a second thread watches the process's memory.
 * Wants `node --expose-gc`, so that garbage from before does not count.
 */
export async function watchMemory<T>(
  run: (sample: () => void) => T,
): Promise<{ result: T; memory: MemoryUse }> {
  const cells = new SharedArrayBuffer(16);
  const peak = new Float64Array(cells, 0, 1);
  const flag = new Int32Array(cells, 8, 2);
  const worker = new Worker(SAMPLER, { eval: true, workerData: cells });
  while (Atomics.load(flag, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  globalThis.gc?.();
  const before = process.memoryUsage();
  peak[0] = before.rss;
  let arrays = before.arrayBuffers;
  const sample = (): void => {
    arrays = Math.max(arrays, process.memoryUsage().arrayBuffers);
  };
  const result = run(sample);
  sample();
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  await new Promise((resolve) => worker.once("exit", resolve));
  return {
    result,
    memory: { rssBytes: (peak[0] ?? 0) - before.rss, arrayBytes: arrays - before.arrayBuffers },
  };
}
