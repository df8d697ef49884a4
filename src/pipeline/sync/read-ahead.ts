/**
 * The next page is asked for while the one before it is taken in. One at a time, and only once the one before has
 * come: what the carrier moves in between is met in the order in which the pages are read.
 */
export class ReadAhead {
  #next: { readonly place: string; readonly page: Promise<unknown> } | undefined;

  /** The page at this place: the one that is on its way, or as `ask` gets it. A place belongs to one kind of page. */
  async take<Page>(place: string, ask: () => Promise<Page>): Promise<Page> {
    const next = this.#next;
    this.#next = undefined;
    if (next?.place === place) return (await next.page) as Page;
    await next?.page.catch(() => undefined);
    return await ask();
  }

  begin(place: string, ask: () => Promise<unknown>): void {
    const page = ask();
    page.catch(() => undefined);
    this.#next = { place, page };
  }

  /** Ends when nothing is under way. */
  async settle(): Promise<void> {
    await this.#next?.page.catch(() => undefined);
    this.#next = undefined;
  }
}
