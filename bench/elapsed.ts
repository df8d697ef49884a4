/** What something took: seconds on the wall, and of this thread on a processor, which a busy machine does not lengthen. */
export interface Elapsed {
  readonly wall: number;
  readonly cpu: number;
}

export function stopwatch(): () => Elapsed {
  const wallBegun = performance.now();
  const cpuBegun = cpuSeconds();
  return () => ({ wall: (performance.now() - wallBegun) / 1000, cpu: cpuSeconds() - cpuBegun });
}

function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}
