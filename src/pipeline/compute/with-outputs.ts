/**
 * What a job comes to and what became of its outputs. Where it fails, the cause is thrown: a job whose reader has gone
 * fails too, and faster than a reader that tidies up after a full disk.
 */
export async function withOutputs<Result, Written>(
  result: Promise<Result>,
  outputs: readonly Promise<Written>[],
): Promise<[Result, Written[]]> {
  const [[own], others] = await Promise.all([Promise.allSettled([result]), Promise.allSettled(outputs)]);
  const reasonOf = (settled: PromiseSettledResult<unknown>): unknown =>
    settled.status === "rejected" ? settled.reason : undefined;
  const failure = reasonOf(own);
  const cause = others
    .map(reasonOf)
    .find((reason): reason is Error => reason instanceof Error && reason !== failure);
  if (cause !== undefined) throw cause;
  return [await result, await Promise.all(outputs)];
}
