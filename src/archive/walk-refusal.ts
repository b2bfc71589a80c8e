export interface Refusal {
  /** A phrase that "follows member N" completes. */
  readonly what: string;
  /** Instead of "follows member N". */
  readonly where?: string;
  /** In the tar stream. */
  readonly offset: number;
  readonly expected?: string;
  readonly found?: string;
}

/** From here on the stream is no tar. Never leaves this folder. */
export class WalkRefusal extends Error {
  override readonly name = 'WalkRefusal';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.what);
    this.refusal = refusal;
  }
}
