/** A failure that the user can act on: shown as its text and, where there is one, the fix; never as a stack. */
export class Failure extends Error {
  readonly fix: string | null;

  constructor(message: string, fix: string | null = null) {
    super(message);
    this.fix = fix;
  }
}
