import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import { pause } from "./pause.ts";

/** Writes the answer with the carrier's own date, or breaks the connection where the answer is lost. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  nowMs: number,
  closing: AbortSignal,
): Promise<void> {
  if (answer.kind === "lost") {
    await pause(answer.afterMs, closing);
    response.destroy();
    return;
  }
  response.setHeader("Date", new Date(nowMs).toUTCString());
  if (answer.kind === "bytes") {
    response.writeHead(answer.status, { "Content-Type": answer.contentType }).end(answer.bytes);
    return;
  }
  if (answer.body === undefined) {
    response.writeHead(answer.status).end();
    return;
  }
  response.writeHead(answer.status, { "Content-Type": "application/json;charset=UTF-8", ...answer.headers });
  response.end(JSON.stringify(answer.body));
}
