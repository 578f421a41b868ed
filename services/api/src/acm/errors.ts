/** Every error an operation of the certificate manager throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

export const acmErrors = {
  notFound: (arn: string) => awsError("ResourceNotFoundException", `Could not find certificate ${arn}.`),
  invalidArn: (arn: string) => awsError("InvalidArnException", `${arn} is not a valid certificate ARN.`),
  inUse: (arn: string) => awsError("ResourceInUseException", `Certificate ${arn} is in use.`),
  validation: (message: string) => awsError("ValidationException", message),
  invalidParameter: (message: string) => awsError("InvalidParameterException", message),
  /** What AWS can do and this server cannot; no client tries it again. */
  unsupported: (message: string) => awsError("UnsupportedOperation", message),
  limitExceeded: (max: number) =>
    awsError("LimitExceededException", `The maximum number of ${max} certificates has been reached.`),
  invalidTag: (message: string) => awsError("InvalidTagException", message),
  tooManyTags: (max: number) =>
    awsError("TooManyTagsException", `A certificate can have at most ${max} tags.`),
} as const;
