/** Decides how an upgrade that may not go through is answered; the server writes it in place of the 101. */
import { AwsError, awsError } from "@roadstead/aws-protocol/errors";

/** The names AWS's agent knows; any other makes it say only that something went wrong. */
const KNOWN_TO_AGENTS = new Set([
  "AccessDeniedException",
  "BadRequestException",
  "InactiveInstanceException",
  "InvalidClusterException",
  "InvalidInstanceException",
  "ServerException",
]);
/** The agent reads no more than 1024 bytes. */
const MESSAGE_CHARACTERS_MAX = 400;

export const inactiveInstance = () =>
  awsError("InactiveInstanceException", "The container instance has been deregistered.");
export const unknownInstance = () =>
  awsError("InvalidInstanceException", "The container instance does not exist.");
export const badUpgrade = (message: string) => awsError("BadRequestException", message);
export const accessDenied = (message: string) => awsError("AccessDeniedException", message, 403);
export const tooManyConnections = () =>
  awsError("ServerException", "This gateway holds as many connections as it may.", 503);

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
}

/** One member, named after the error: the shorter of the two shapes that agents read. */
export function refusalOf(error: unknown): Refusal {
  const { code, httpStatus, message } =
    error instanceof AwsError ? error : awsError("ServerException", "Internal error.", 500);
  const known = KNOWN_TO_AGENTS.has(code);
  const reason = known ? code : httpStatus >= 500 ? "ServerException" : "AccessDeniedException";
  return {
    status: known || httpStatus >= 500 ? httpStatus : 403,
    reason,
    body: JSON.stringify({ [reason]: message.slice(0, MESSAGE_CHARACTERS_MAX) }),
  };
}
