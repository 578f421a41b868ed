/** Names a failed engine call as the public agent does, for users who search for those words; the steps call it. */
import { isRuntimeError } from "@roadstead/runtime/errors";
import { REASON_MAX_CHARS } from "../decide/advance.ts";
import { pullFailureText } from "../images/pull-failure.ts";
import { SecretError } from "../secrets/secret-store.ts";

const NAMES = {
  create: "CannotCreateContainerError",
  start: "CannotStartContainerError",
} as const;
const REACHES = { pull: "pulled", create: "created", start: "started" } as const;
const AFTER = { pull: "2h0m0s", create: "4m0s", start: "3m0s" } as const;

export type Step = keyof typeof REACHES;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
export function failureText(step: Step, error: unknown): string {
  return textOf(step, error).slice(0, REASON_MAX_CHARS).toWellFormed();
}

function textOf(step: Step, error: unknown): string {
  if (isRuntimeError(error, "Timeout")) {
    return `DockerTimeoutError: Could not transition to ${REACHES[step]}; timed out after waiting ${AFTER[step]}`;
  }
  if (error instanceof LogDriverError && error.isFargate) {
    return `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${error.refusal} : exit status 1`;
  }
  if (error instanceof SecretError) return error.message;
  if (step === "pull") return pullFailureText(error);
  const message = error instanceof Error ? error.message : String(error);
  return `${NAMES[step]}: Error response from daemon: ${message}`;
}

/** The log store refused the stream of a container that is about to start. */
export class LogDriverError extends Error {
  readonly refusal: string;
  readonly isFargate: boolean;

  constructor(refusal: string, isFargate: boolean) {
    super(`failed to initialize logging driver: failed to create Cloudwatch log stream: ${refusal}`);
    this.name = "LogDriverError";
    this.refusal = refusal;
    this.isFargate = isFargate;
  }
}

/** The engine is away: nothing is known to have failed, so the step is tried again. */
export const isPassing = (error: unknown): boolean => isRuntimeError(error, "Unavailable");
