import { createHash } from "node:crypto";

/** A UUID made of the queue and the dedup id: a job that exists, done or not, is not inserted a second time. */
export function jobIdFor(queue: string, dedupId: string): string {
  const hex = createHash("sha256").update(`${queue}\0${dedupId}`).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
