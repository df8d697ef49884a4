/** Time in which at least one call to the carrier was under way: from sending it to its last byte. */
export interface CarrierTime {
  readonly seconds: () => number;
  readonly calls: () => number;
}

/** From now on every `fetch` of this process counts. */
export function watchCarrierTime(): CarrierTime {
  const send = globalThis.fetch;
  let underWay = 0;
  let begunMs = 0;
  let totalMs = 0;
  let calls = 0;
  globalThis.fetch = async (...call) => {
    calls++;
    if (underWay++ === 0) begunMs = performance.now();
    try {
      const answer = await send(...call);
      const body = await answer.arrayBuffer();
      return new Response(body, { status: answer.status, headers: answer.headers });
    } finally {
      if (--underWay === 0) totalMs += performance.now() - begunMs;
    }
  };
  return { seconds: () => totalMs / 1000, calls: () => calls };
}
