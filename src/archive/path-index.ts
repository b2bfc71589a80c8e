/**
 * What is known of each path of an archive, for archives of a million members: no string is kept. Paths are told apart
 * by 64 bits of a hash seeded anew for each index, so that no archive can be made to collide; whoever has the path on
 * disk compares it there.
 * What stands at a path and the number of its member share a value, for those who ask for one or for both.
 */
import { randomInt } from 'node:crypto';
import { HashTable } from './hash-table.ts';

const tableCount = 16;

/** What stands at a path once the members so far are extracted; a hard link is what it links to. */
export type Standing = 'directory' | 'symlink' | 'other';

const standings: readonly Standing[] = ['directory', 'symlink', 'other'];
const standingBits = 2;
const standingMask = 0b11;

export class PathIndex {
  /** Many, so that one which grows and is there twice meanwhile is a small part of the whole. */
  readonly #tables = Array.from({ length: tableCount }, () => new HashTable());
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
    const value = this.#tableOf(path)?.get(this.#hashHigh, this.#hashLow) ?? 0;
    return value === 0 ? undefined : value - 1;
  }

  #set(path: string, value: number): void {
    this.#tableOf(path)?.set(this.#hashHigh, this.#hashLow, value + 1);
  }

  /** Hashes the path, too. */
  #tableOf(path: string): HashTable | undefined {
    this.#hash(path);
    return this.#tables[this.#hashHigh % tableCount];
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
