/**
 * Min-cost flow by successive shortest paths (Bellman–Ford with a queue), sending as much as fits along each. For
 * small graphs with whole capacities and costs.
 * Source: R. K. Ahuja, T. L. Magnanti, J. B. Orlin, Network Flows (1993), section 9.7.
 */
export class MinCostFlow {
  private readonly out: number[][];
  private readonly to: number[] = [];
  private readonly room: number[] = [];
  private readonly cost: number[] = [];
  private readonly capacity: number[] = [];

  constructor(nodes: number) {
    this.out = Array.from({ length: nodes }, () => []);
  }

  /** @returns the arc's number, for `flowOn`. */
  addArc(from: number, to: number, capacity: number, cost: number): number {
    const arc = this.to.length;
    this.to.push(to, from);
    this.room.push(capacity, 0);
    this.cost.push(cost, -cost);
    this.capacity.push(capacity, 0);
    this.out[from]?.push(arc);
    this.out[to]?.push(arc + 1);
    return arc;
  }

  flowOn(arc: number): number {
    return (this.capacity[arc] ?? 0) - (this.room[arc] ?? 0);
  }

  /** What still fits on an arc. */
  roomOn(arc: number): number {
    return this.room[arc] ?? 0;
  }

  /** 1 for each node to which more could be sent from `start`. */
  reachableFrom(start: number): Uint8Array {
    return this.explore(start, (arc) => this.roomOn(arc) > 0);
  }

  /** 1 for each node from which more could be sent to `end`. */
  reaching(end: number): Uint8Array {
    return this.explore(end, (arc) => this.roomOn(arc ^ 1) > 0);
  }

  private explore(start: number, follows: (arc: number) => boolean): Uint8Array {
    const found = new Uint8Array(this.out.length);
    found[start] = 1;
    const stack = [start];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (const arc of this.out[node] ?? []) {
        const next = this.to[arc] as number;
        if (found[next] === 1 || !follows(arc)) continue;
        found[next] = 1;
        stack.push(next);
      }
    }
    return found;
  }

  /** Sends up to `amount` from source to sink at least cost. @returns what was sent. */
  send(source: number, sink: number, amount: number): number {
    let sent = 0;
    while (sent < amount) {
      const path = this.shortestPath(source, sink);
      if (path === undefined) return sent;
      const fits = path.reduce((least, arc) => Math.min(least, this.room[arc] ?? 0), amount - sent);
      for (const arc of path) {
        this.room[arc] = (this.room[arc] ?? 0) - fits;
        this.room[arc ^ 1] = (this.room[arc ^ 1] ?? 0) + fits;
      }
      sent += fits;
    }
    return sent;
  }

  private shortestPath(source: number, sink: number): number[] | undefined {
    const distance = new Float64Array(this.out.length).fill(Number.POSITIVE_INFINITY);
    const by = new Int32Array(this.out.length).fill(-1);
    const waiting = new Uint8Array(this.out.length);
    distance[source] = 0;
    const queue = [source];
    for (let head = 0; head < queue.length; head++) {
      const node = queue[head] as number;
      waiting[node] = 0;
      for (const arc of this.out[node] ?? []) {
        if ((this.room[arc] ?? 0) <= 0) continue;
        const next = this.to[arc] as number;
        const through = (distance[node] as number) + (this.cost[arc] ?? 0);
        if (through >= (distance[next] as number)) continue;
        distance[next] = through;
        by[next] = arc;
        if (waiting[next] === 0) queue.push(next);
        waiting[next] = 1;
      }
    }
    if (by[sink] === -1) return undefined;
    const path: number[] = [];
    for (let node = sink; node !== source;) {
      const arc = by[node] as number;
      path.push(arc);
      node = this.to[arc ^ 1] as number;
    }
    return path;
  }
}
