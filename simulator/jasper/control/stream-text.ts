import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ServerResponse } from "node:http";

const PIECE_CHARACTERS = 262_144;

/** Sends text as it is made, waiting for the reader, and lets other calls in between pieces. */
export async function streamText(
  response: ServerResponse,
  contentType: string,
  parts: Iterable<string>,
): Promise<true> {
  response.writeHead(200, { "Content-Type": contentType });
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    if (response.destroyed) return true;
    if (!response.write(piece)) await readyForMore(response);
    piece = "";
    await nextTurn();
  }
  response.end(piece);
  return true;
}

/** Waits until the reader has caught up, or has gone. */
async function readyForMore(response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const events = ["drain", "close"].map((event) => once(response, event, { signal: waiting.signal }));
  await Promise.race(events).finally(() => waiting.abort());
  await Promise.allSettled(events);
}
