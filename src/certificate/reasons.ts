/** How many reasons are kept in words; the rest are only counted. */
export const MAX_REASONS = 20;

/** Collects why a certificate does not hold: the first 20 in the order they were found, and how many there are. */
export class Reasons {
  readonly list: string[] = [];
  count = 0;

  /** `reason` is only put into words where it will be kept. */
  add(reason: string | (() => string)): void {
    this.count++;
    if (this.list.length < MAX_REASONS) this.list.push(typeof reason === "string" ? reason : reason());
  }

  /** Adds all reasons of another list. */
  take(other: Reasons): void {
    this.list.push(...other.list.slice(0, MAX_REASONS - this.list.length));
    this.count += other.count;
  }
}

/** A text from outside, quoted, cut to 80 characters, for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
