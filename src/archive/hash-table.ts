/** Values by 64-bit hashes: typed arrays with open addressing, 12 bytes a slot, and no object for an entry. */
import { releaseMemory } from './release.ts';

const fullest = 0.75;
const firstSlots = 64;

export class HashTable {
  #high = new Uint32Array(firstSlots);
  #low = new Uint32Array(firstSlots);
  /** 0 is a free slot. */
  #values = new Uint32Array(firstSlots);
  #size = 0;

  /** 0 where there is none. */
  get(high: number, low: number): number {
    return this.#values[this.#slot(high, low)] ?? 0;
  }

  /** `value`: not 0. */
  set(high: number, low: number, value: number): void {
    if (this.#size >= this.#values.length * fullest) this.#grow();
    const slot = this.#slot(high, low);
    if (this.#values[slot] === 0) this.#size += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#values[slot] = value;
  }

  /** The slot of the hash, or the free one where it would be. */
  #slot(high: number, low: number): number {
    const mask = this.#values.length - 1;
    let slot = low & mask;
    while (this.#values[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [high, low, values] = [this.#high, this.#low, this.#values];
    const slots = values.length * 2;
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#values = new Uint32Array(slots);
    this.#size = 0;
    values.forEach((value, slot) => {
      if (value !== 0) this.set(high[slot] ?? 0, low[slot] ?? 0, value);
    });
    for (const { buffer } of [high, low, values]) releaseMemory(buffer);
  }
}
