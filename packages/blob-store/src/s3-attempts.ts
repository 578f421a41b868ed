/** Says which failures of an object store are worth another attempt, and makes a bounded number of them. */
import { setTimeout as delay } from "node:timers/promises";
import { BlobNotFoundError, BlobStoreError } from "./blob-store.ts";

/** The store understood and said no. */
export class S3Refusal extends Error {
  override readonly name = "S3Refusal";
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Pauses before each further attempt. Long enough to bridge a restart of the store while a push goes on. */
export const PATIENT_PAUSES_MS: readonly number[] = [100, 300, 1_000, 2_000, 4_000];
export const BRIEF_PAUSES_MS: readonly number[] = [100, 300, 1_000];
export const NO_PAUSES: readonly number[] = [];

const PASSING_CODES: ReadonlySet<string> = new Set([
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "ServiceUnavailable",
  "SlowDown",
  "SlowDownRead",
  "SlowDownWrite",
  "XMinioServerNotInitialized",
]);

export async function withAttempts<T>(pausesMs: readonly number[], call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (isFinal(error)) throw error;
      const pause = pausesMs[attempt];
      if (pause === undefined) throw unavailable(error);
      await delay(pause);
    }
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof BlobNotFoundError || error instanceof TypeError) return true;
  return error instanceof S3Refusal && !PASSING_CODES.has(error.code);
}

function unavailable(cause: unknown): BlobStoreError {
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new BlobStoreError(`the object store: ${reason}`, { cause });
}
