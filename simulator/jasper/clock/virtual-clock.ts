/** The carrier's clock: starts anywhere, runs at any rate (0 stands still), can be moved forward and never back. */
export class VirtualClock {
  #baseMs: number;
  #rate: number;
  #realBaseMs: number;

  constructor(startMs: number, rate: number) {
    this.#baseMs = startMs;
    this.#rate = rate;
    this.#realBaseMs = performance.now();
  }

  nowMs(): number {
    return Math.floor(this.#baseMs + (performance.now() - this.#realBaseMs) * this.#rate);
  }

  get rate(): number {
    return this.#rate;
  }

  setRate(rate: number): void {
    if (!Number.isFinite(rate) || rate < 0) throw new RangeError(`A clock rate is 0 or more, got ${rate}.`);
    this.#rebase(this.nowMs());
    this.#rate = rate;
  }

  advance(ms: number): void {
    this.set(this.nowMs() + ms);
  }

  set(instantMs: number): void {
    const now = this.nowMs();
    if (!Number.isFinite(instantMs)) throw new RangeError("The clock can only be set to an instant.");
    if (instantMs < now) {
      throw new RangeError(
        `The clock cannot go back from ${new Date(now).toISOString()} to ${new Date(instantMs).toISOString()}.`,
      );
    }
    this.#rebase(instantMs);
  }

  #rebase(instantMs: number): void {
    this.#baseMs = instantMs;
    this.#realBaseMs = performance.now();
  }
}
