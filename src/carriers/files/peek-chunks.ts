export type Chunks = AsyncGenerator<Uint8Array, void, undefined>;

/** The first bytes of a stream (at least `count` unless it is shorter), and the stream from its start. */
export async function peek(source: Chunks, count: number): Promise<{ head: Uint8Array; chunks: Chunks }> {
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await source.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  const head = taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken);
  async function* again(): Chunks {
    if (head.length > 0) yield head;
    yield* source;
  }
  return { head, chunks: again() };
}
