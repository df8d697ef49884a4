/** Lets one at a time through, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** When all that has been let in so far is done. */
  idle(): Promise<unknown> {
    return this.#last;
  }
}
