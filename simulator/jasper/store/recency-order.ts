/**
 * Devices by the date of their last change, oldest first, live: a changed device moves to the tail at once.
 * An append-only run of slots with tombstones; a Fenwick tree counts the live ones, so that the n-th device of a
 * date window is found in O(log n) and a move costs the same.
 */
export class RecencyOrder {
  #deviceAt: Int32Array;
  #dateAt: Float64Array;
  #tree: Int32Array;
  #used = 0;
  #live = 0;
  readonly #slotOf: Int32Array;

  constructor(devices: number) {
    const capacity = devices + Math.max(1024, devices >> 2);
    this.#deviceAt = new Int32Array(capacity).fill(-1);
    this.#dateAt = new Float64Array(capacity);
    this.#tree = new Int32Array(capacity + 1);
    this.#slotOf = new Int32Array(devices + SPARE_DEVICES).fill(-1);
  }

  get size(): number {
    return this.#live;
  }

  get lastDateMs(): number {
    return this.#used === 0 ? 0 : (this.#dateAt[this.#used - 1] as number);
  }

  has(device: number): boolean {
    return (this.#slotOf[device] as number) >= 0;
  }

  dateOf(device: number): number | undefined {
    const slot = this.#slotOf[device] as number;
    return slot < 0 ? undefined : (this.#dateAt[slot] as number);
  }

  /** Puts the device at the tail. Dates never run backwards: an earlier one counts as the last. */
  touch(device: number, dateMs: number): void {
    this.remove(device);
    if (this.#used === this.#deviceAt.length) this.#compact();
    const slot = this.#used++;
    this.#deviceAt[slot] = device;
    this.#dateAt[slot] = slot === 0 ? dateMs : Math.max(dateMs, this.#dateAt[slot - 1] as number);
    this.#slotOf[device] = slot;
    this.#live++;
    this.#add(slot, 1);
  }

  remove(device: number): void {
    const slot = this.#slotOf[device] as number;
    if (slot < 0) return;
    this.#deviceAt[slot] = -1;
    this.#slotOf[device] = -1;
    this.#live--;
    this.#add(slot, -1);
  }

  /** How many devices were changed before the instant. */
  countBefore(dateMs: number): number {
    return this.#liveBefore(this.#firstSlotAtOrAfter(dateMs));
  }

  /** The `count` devices from the `rank`-th on (0-based), in order. */
  slice(rank: number, count: number): number[] {
    const devices: number[] = [];
    if (rank >= this.#live) return devices;
    for (let slot = this.#select(rank); slot < this.#used && devices.length < count; slot++) {
      const device = this.#deviceAt[slot] as number;
      if (device >= 0) devices.push(device);
    }
    return devices;
  }

  /** All devices from the `rank`-th on, in order. */
  *from(rank: number): Generator<number> {
    if (rank >= this.#live) return;
    for (let slot = this.#select(rank); slot < this.#used; slot++) {
      const device = this.#deviceAt[slot] as number;
      if (device >= 0) yield device;
    }
  }

  #firstSlotAtOrAfter(dateMs: number): number {
    let low = 0;
    let high = this.#used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#dateAt[middle] as number) < dateMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add(slot: number, delta: number): void {
    for (let i = slot + 1; i < this.#tree.length; i += i & -i)
      this.#tree[i] = (this.#tree[i] as number) + delta;
  }

  #liveBefore(slot: number): number {
    let count = 0;
    for (let i = slot; i > 0; i -= i & -i) count += this.#tree[i] as number;
    return count;
  }

  #select(rank: number): number {
    let slot = 0;
    let rest = rank + 1;
    for (let step = 1 << (31 - Math.clz32(this.#tree.length - 1)); step > 0; step >>= 1) {
      const next = slot + step;
      if (next < this.#tree.length && (this.#tree[next] as number) < rest) {
        slot = next;
        rest -= this.#tree[next] as number;
      }
    }
    return slot;
  }

  #compact(): void {
    const capacity = this.#live + Math.max(1024, this.#live >> 2);
    const deviceAt = new Int32Array(capacity).fill(-1);
    const dateAt = new Float64Array(capacity);
    let used = 0;
    for (let slot = 0; slot < this.#used; slot++) {
      const device = this.#deviceAt[slot] as number;
      if (device < 0) continue;
      deviceAt[used] = device;
      dateAt[used] = this.#dateAt[slot] as number;
      this.#slotOf[device] = used++;
    }
    this.#deviceAt = deviceAt;
    this.#dateAt = dateAt;
    this.#used = used;
    this.#rebuildTree(capacity);
  }

  #rebuildTree(capacity: number): void {
    const tree = new Int32Array(capacity + 1);
    for (let i = 1; i <= capacity; i++) {
      tree[i] = (tree[i] as number) + (i <= this.#used ? 1 : 0);
      const parent = i + (i & -i);
      if (parent <= capacity) tree[parent] = (tree[parent] as number) + (tree[i] as number);
    }
    this.#tree = tree;
  }
}

/** Room for devices that join later, such as a SIM that replaces another. */
export const SPARE_DEVICES = 1024;
