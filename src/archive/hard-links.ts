/** Which member's inode each hard link shares, both by number: 8 bytes a link, as an archive may be nothing else. */
import { releaseMemory } from './release.ts';

const firstLinks = 64;

export class HardLinks {
  /** Ascending. */
  #numbers = new Uint32Array(firstLinks);
  #inodes = new Uint32Array(firstLinks);
  #count = 0;

  /** `number`: larger than those before; `target`: of the member that the link names, perhaps a link itself. */
  add(number: number, target: number): void {
    if (this.#count === this.#numbers.length) this.#grow();
    this.#numbers[this.#count] = number;
    this.#inodes[this.#count] = this.inodeOf(target);
    this.#count += 1;
  }

  /** The member itself where it is no link. */
  inodeOf(number: number): number {
    let [first, end] = [0, this.#count];
    while (first < end) {
      const middle = (first + end) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) first = middle + 1;
      else end = middle;
    }
    return first < this.#count && this.#numbers[first] === number ? (this.#inodes[first] ?? number) : number;
  }

  /** Each link with its inode, in the order of the archive. */
  *all(): Generator<readonly [number: number, inode: number], void, void> {
    for (let at = 0; at < this.#count; at += 1) yield [this.#numbers[at] ?? 0, this.#inodes[at] ?? 0];
  }

  #grow(): void {
    const [numbers, inodes] = [this.#numbers, this.#inodes];
    this.#numbers = new Uint32Array(numbers.length * 2);
    this.#inodes = new Uint32Array(numbers.length * 2);
    this.#numbers.set(numbers);
    this.#inodes.set(inodes);
    for (const { buffer } of [numbers, inodes]) releaseMemory(buffer);
  }
}
