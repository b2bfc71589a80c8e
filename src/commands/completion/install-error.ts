/** What this machine refuses; `action` says what to do. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  readonly action: string;

  constructor(message: string, action: string) {
    super(message);
    this.action = action;
  }
}
