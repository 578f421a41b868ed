/** Why a text is no event pattern; whoever reads one catches it and answers in AWS's words. */

export class EventPatternError extends Error {
  override readonly name = "EventPatternError";
}

export const invalid = (reason: string) => new EventPatternError(reason);
