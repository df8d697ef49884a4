import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

export function echo(call: Call): Answer {
  return ok({ context: call.subject });
}
