/** The error every operation, and the protocol itself, answers with; rendered once, at the edge. */

export interface AwsErrorDetails {
  /** Members beside the message, as the modelled error shape has them. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error in AWS's terms: code, words and HTTP status. 5xx means a fault of ours. */
export class AwsError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, httpStatus: number, details: AwsErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = code;
    this.code = code;
    this.httpStatus = httpStatus;
    this.extra = details.extra ?? {};
  }

  get fault(): "client" | "server" {
    return this.httpStatus >= 500 ? "server" : "client";
  }
}

export const awsError = (
  code: string,
  message: string,
  httpStatus = 400,
  extra?: Readonly<Record<string, unknown>>,
): AwsError => new AwsError(code, message, httpStatus, extra ? { extra } : {});

/** A body that cannot be read as the operation's input. */
export const serializationError = (message: string) => awsError("SerializationException", message);
