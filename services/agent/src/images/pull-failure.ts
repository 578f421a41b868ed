/** Tells failed pulls apart by the engine's words: which are tried again, and what users read; the image store asks. */
import { isRuntimeError } from "@roadstead/runtime/errors";
import { RegistryLoginError } from "./registry-login.ts";

type PullFailure = "refused" | "missing" | "network" | "other";

/** In this order: a refusal does not say whether the repository exists. */
const WORDS: readonly (readonly [PullFailure, RegExp])[] = [
  ["refused", /denied|unauthorized|authorization|no basic auth credentials|forbidden/i],
  ["missing", /not found|unknown|no such image|does not exist/i],
  [
    "network",
    /connection refused|connection reset|broken pipe|i\/o timeout|timeout exceeded|deadline exceeded|\bEOF\b|no route to host|network is unreachable|no such host|server misbehaving|handshake|HTTP status: 5\d\d|toomanyrequests/i,
  ],
];
/** A name that nobody knows will not be known in a second. */
const LASTING = /no such host/i;

const kindOf = (message: string): PullFailure =>
  WORDS.find(([, words]) => words.test(message))?.[0] ?? "other";

export const isRefusal = (error: unknown): boolean =>
  isRuntimeError(error, "PullFailed") && kindOf(error.message) === "refused";

/** Of what is tried again a bounded number of times. */
export function mayPassSoon(error: unknown): boolean {
  if (error instanceof RegistryLoginError) return error.isPassing;
  if (!isRuntimeError(error, "PullFailed")) return false;
  return kindOf(error.message) === "network" && !LASTING.test(error.message);
}

const HINTS: Readonly<Record<PullFailure, string>> = {
  refused:
    "The task can't pull the image. Check that the role has the permissions to pull images from the registry. ",
  missing: "The task can't pull the image. Check whether the image exists. ",
  network: "The task can't pull the image. Check your network configuration. ",
  other: "",
};

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html */
export function pullFailureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RegistryLoginError) return `CannotPullECRContainerError: ${message}`;
  return `CannotPullContainerError: ${HINTS[kindOf(message)]}Error response from daemon: ${message}`;
}
