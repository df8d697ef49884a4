import { timingSafeEqual } from "node:crypto";
import type { SimulatedUser } from "../options.ts";
import type { Answer } from "./answer.ts";
import { refusal } from "./carrier-errors.ts";

/** The user of a Basic authorization header, or the 401 that the carrier gives. */
export function authenticate(
  header: string | undefined,
  users: readonly SimulatedUser[],
  nowMs: number,
): SimulatedUser | Answer {
  if (header === undefined || !/^basic /i.test(header)) return withoutCode();
  const [username = "", ...key] = Buffer.from(header.slice(6).trim(), "base64").toString("utf8").split(":");
  const user = users.find((candidate) => candidate.username === username);
  const expired = user?.keyExpiry !== undefined && nowMs >= Date.parse(user.keyExpiry);
  if (user === undefined || expired || !sameText(user.apiKey, key.join(":"))) return refusal("10000001");
  return user;
}

export function withoutCode(): Answer {
  return {
    kind: "json",
    status: 401,
    body: { errorMessage: "Full authentication is required to access this resource" },
    headers: { "WWW-Authenticate": 'Basic realm="Jasper"' },
  };
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
