import { subscribe } from "node:diagnostics_channel";

/** Time in which at least one call to the carrier was under way: from making it to the last byte of its answer. */
export interface CarrierTime {
  readonly seconds: () => number;
  readonly calls: () => number;
}

/** From now on every `fetch` of this process counts, without getting between it and who reads its answer. */
export function watchCarrierTime(): CarrierTime {
  const send = globalThis.fetch;
  let underWay = 0;
  let begunMs = 0;
  let totalMs = 0;
  let calls = 0;
  const end = (): void => {
    if (--underWay === 0) totalMs += performance.now() - begunMs;
  };
  // undici tells when an answer's last byte has come, or that none will.
  subscribe("undici:request:trailers", end);
  subscribe("undici:request:error", end);
  globalThis.fetch = (...call) => {
    calls++;
    if (underWay++ === 0) begunMs = performance.now();
    return send(...call);
  };
  return { seconds: () => totalMs / 1000, calls: () => calls };
}
