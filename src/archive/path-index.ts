/**
 * What is known of each path of an archive, for archives of a million members: typed arrays with open addressing,
 * 12 bytes a slot, no string kept. Paths are told apart by 64 bits of a hash seeded anew for each index, so that
 * no archive can be made to collide; whoever has the path on disk compares it there.
 * What stands at a path and the number of its member share a slot, for those who ask for one or for both.
 */
import { randomInt } from 'node:crypto';
import { releaseMemory } from './release.ts';

const fullest = 0.75;
const firstSlots = 1024;

/** What stands at a path once the members so far are extracted; a hard link is what it links to. */
export type Standing = 'directory' | 'symlink' | 'other';

const standings: readonly Standing[] = ['directory', 'symlink', 'other'];
const standingBits = 2;
const standingMask = 0b11;

export class PathIndex {
  #high = new Uint32Array(firstSlots);
  #low = new Uint32Array(firstSlots);
  /** Number and standing in one, + 1; 0 is a free slot. */
  #values = new Uint32Array(firstSlots);
  #size = 0;
  readonly #seed = randomInt(2 ** 32);
  #hashHigh = 0;
  #hashLow = 0;

  constructor() {
    this.setStanding('.', 'directory');
  }

  /** Undefined where no member is at the path or below it. */
  standingAt(path: string): Standing | undefined {
    const value = this.#get(path);
    return value === undefined ? undefined : standings[value & standingMask];
  }

  setStanding(path: string, standing: Standing): void {
    const numberPart = (this.#get(path) ?? 0) & ~standingMask;
    this.#set(path, (numberPart | standings.indexOf(standing)) >>> 0);
  }

  /** From 1; 0 where members are only below the path, undefined where none is there either. */
  numberOf(path: string): number | undefined {
    const value = this.#get(path);
    return value === undefined ? undefined : value >>> standingBits;
  }

  /** `number`: less than 2^30 - 1. */
  setNumber(path: string, number: number): void {
    const standingPart = (this.#get(path) ?? 0) & standingMask;
    this.#set(path, ((number << standingBits) | standingPart) >>> 0);
  }

  #get(path: string): number | undefined {
    this.#hash(path);
    const value = this.#values[this.#slot()] ?? 0;
    return value === 0 ? undefined : value - 1;
  }

  #set(path: string, value: number): void {
    if (this.#size >= this.#values.length * fullest) this.#grow();
    this.#hash(path);
    this.#put(value + 1);
  }

  #put(storedValue: number): void {
    const slot = this.#slot();
    if (this.#values[slot] === 0) this.#size += 1;
    this.#high[slot] = this.#hashHigh;
    this.#low[slot] = this.#hashLow;
    this.#values[slot] = storedValue;
  }

  /** The slot of the hashed path, or the free one where it would be. */
  #slot(): number {
    const mask = this.#values.length - 1;
    let slot = this.#hashLow & mask;
    while (
      this.#values[slot] !== 0 &&
      (this.#low[slot] !== this.#hashLow || this.#high[slot] !== this.#hashHigh)
    ) {
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
      if (value === 0) return;
      this.#hashHigh = high[slot] ?? 0;
      this.#hashLow = low[slot] ?? 0;
      this.#put(value);
    });
    for (const { buffer } of [high, low, values]) releaseMemory(buffer);
  }

  /** Two lanes of multiply and xor over the bytes, mixed into each other at the end (after cyrb53). */
  #hash(path: string): void {
    let high = 0xdeadbeef ^ this.#seed;
    let low = 0x41c6ce57 ^ this.#seed;
    for (let index = 0; index < path.length; index += 1) {
      const byte = path.charCodeAt(index);
      high = Math.imul(high ^ byte, 0x9e3779b1);
      low = Math.imul(low ^ byte, 0x5f356495);
    }
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    this.#hashHigh = high >>> 0;
    this.#hashLow = low >>> 0;
  }
}
