import type { CallsAhead } from "../../ports/carrier.ts";

/** Pages that are asked for while others are taken in. A place belongs to one page. */
export class ReadAhead implements CallsAhead {
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** Places whose page, or its failure, has come, in the order in which they came. */
  readonly #come = new Set<string>();
  #wake: () => void = () => undefined;
  #ended = false;

  begin(place: string, ask: () => Promise<unknown>): void {
    if (!this.#ended && !this.#underWay.has(place)) this.#ask(place, ask);
  }

  #ask(place: string, ask: () => Promise<unknown>): void {
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
    if (!this.#underWay.has(place)) this.#ask(place, ask);
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

  /** Begins nothing from now on, and ends when nothing is under way. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.settle();
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
    this.#underWay.clear();
    this.#come.clear();
  }
}
