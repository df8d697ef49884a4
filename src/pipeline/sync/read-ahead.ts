/** Pages that are asked for while others are taken in. A place belongs to one page. */
export class ReadAhead {
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** Places whose page, or its failure, has come, in the order in which they came. */
  readonly #come = new Set<string>();
  #wake: () => void = () => undefined;

  begin(place: string, ask: () => Promise<unknown>): void {
    if (this.#underWay.has(place)) return;
    const page = ask();
    this.#underWay.set(place, page);
    const come = (): void => {
      this.#come.add(place);
      this.#wake();
    };
    page.then(come, come);
  }

  /** The page at this place: the one that is on its way, or as `ask` gets it. */
  async take<Page>(place: string, ask: () => Promise<Page>): Promise<Page> {
    this.begin(place, ask);
    const page = this.#underWay.get(place) as Promise<Page>;
    try {
      return await page;
    } finally {
      this.#underWay.delete(place);
      this.#come.delete(place);
    }
  }

  /** The place whose page came first of all that were begun and not yet taken. */
  async first(): Promise<string> {
    for (;;) {
      const [place] = this.#come;
      if (place !== undefined) return place;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends when nothing is under way. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
    this.#underWay.clear();
    this.#come.clear();
  }
}
