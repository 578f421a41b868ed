/** The ways an engine call fails, told apart so that callers decide by kind and users read the engine's own words. */

export type RuntimeErrorKind =
  | "ImageNotFound"
  | "PullFailed"
  | "PortInUse"
  | "NotFound"
  | "Conflict"
  | "InvalidConfig"
  | "Unavailable"
  | "Timeout"
  | "Engine";

export class RuntimeError extends Error {
  readonly kind: RuntimeErrorKind;

  constructor(kind: RuntimeErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeError";
    this.kind = kind;
  }
}

export const isRuntimeError = (
  error: unknown,
  ...kinds: readonly RuntimeErrorKind[]
): error is RuntimeError =>
  error instanceof RuntimeError && (kinds.length === 0 || kinds.includes(error.kind));
