import { isForOneMember, mergePaxRecords, type PaxRecords, parsePaxRecords } from './pax-records.ts';

/** What stands before a member's own header and overrides it. */
export interface Overrides {
  readonly pax: PaxRecords;
  /** From GNU records, bytes as latin1. */
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
  /** Why the member cannot be read with them, as a phrase without subject. */
  readonly refused: string | undefined;
  /** GNU's name of the archive as a whole stands before it, which is no member. */
  readonly followsLabel: boolean;
}

/** Of a GNU long name or link target, of a pax header, of a global pax header, of a GNU volume label. */
export type ExtendedFlag = 'L' | 'K' | 'x' | 'g' | 'V';

export function isExtendedFlag(flag: string): flag is ExtendedFlag {
  return ['L', 'K', 'x', 'g', 'V'].includes(flag);
}

const noPax: PaxRecords = new Map();

/** Collects the extended headers up to the member that they are for; global ones stay for all members that follow. */
export class ExtendedHeaders {
  #global = noPax;
  #refused: string | undefined;
  #pax = noPax;
  #longName: string | undefined;
  #longLink: string | undefined;
  #isPending = false;
  #followsLabel = false;

  /** Whether a header was added whose member is still to come. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** False when the content is not what such a header holds. */
  add(flag: ExtendedFlag, content: Buffer): boolean {
    if (flag === 'V') {
      // Headers before it are of the label.
      this.takeForMember();
      this.#followsLabel = true;
      return true;
    }
    this.#isPending ||= flag !== 'g';
    if (flag === 'L') this.#longName = untilNul(content);
    else if (flag === 'K') this.#longLink = untilNul(content);
    else return this.#addPax(flag, content);
    return true;
  }

  takeForMember(): Overrides {
    const overrides = {
      pax: mergePaxRecords(this.#global, this.#pax),
      longName: this.#longName,
      longLink: this.#longLink,
      refused: this.#refused,
      followsLabel: this.#followsLabel,
    };
    this.#pax = noPax;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#isPending = false;
    this.#followsLabel = false;
    return overrides;
  }

  #addPax(flag: 'x' | 'g', content: Buffer): boolean {
    const records = parsePaxRecords(content);
    if (records === undefined) return false;
    if (flag === 'x') {
      this.#pax = records;
      return true;
    }
    this.#global = mergePaxRecords(this.#global, records);
    const odd = [...records.keys()].find(isForOneMember);
    if (odd !== undefined) this.#refused = `a member under a global pax header that sets ${odd}`;
    return true;
  }
}

function untilNul(content: Buffer): string {
  const nul = content.indexOf(0);
  return content.toString('latin1', 0, nul === -1 ? content.length : nul);
}
