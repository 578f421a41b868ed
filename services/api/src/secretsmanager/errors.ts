/** Every error a Secrets Manager operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

const invalid = (message: string) => awsError("InvalidParameterException", message);

export const secretErrors = {
  invalid,
  notFound: () => awsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
  noValue: (what: string) =>
    awsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${what}`,
    ),
  exists: (name: string) =>
    awsError("ResourceExistsException", `The operation failed because the secret ${name} already exists.`),
  plannedAlready: () =>
    awsError(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
  markedForDeletion: () =>
    awsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    ),
  tokenInUse: (token: string, arn: string) =>
    awsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
    ),
  invalidToken: () => awsError("InvalidNextTokenException", "Invalid next token."),
} as const;
