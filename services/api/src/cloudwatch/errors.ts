/** Every error a CloudWatch operation throws on purpose, with AWS's code (the query protocol's) and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

const INVALID = "InvalidParameterValue";

export const cloudwatchErrors = {
  invalid: (message: string) => awsError(INVALID, message),
  validation: (message: string) => awsError("ValidationError", message),
  combination: (message: string) => awsError("InvalidParameterCombination", message),
  missing: (parameter: string) => awsError("MissingParameter", `The parameter ${parameter} is required.`),
  /** What AWS can do and this server cannot; no client tries it again. */
  unsupported: (what: string) =>
    awsError("ValidationError", `${what} not supported by this server (not built yet).`),
  format: (message: string) => awsError("InvalidFormat", message),
  badToken: () => awsError("InvalidNextToken", "The next token specified is invalid."),
  noAlarm: (name: string) => awsError("ResourceNotFound", `Alarm with name ${name} does not exist.`, 404),
  noResource: (arn: string) => awsError("ResourceNotFoundException", `Resource not found: ${arn}`, 404),
  tooManyTags: () => awsError("LimitExceeded", "The number of tags exceeds the limit of 50."),
} as const;

/** Shapes of errors that newer protocols call otherwise than by their codes. */
export const errorShapes = {
  InvalidParameterValue: "InvalidParameterValueException",
  InvalidParameterCombination: "InvalidParameterCombinationException",
  MissingParameter: "MissingRequiredParameterException",
  LimitExceeded: "LimitExceededFault",
  InvalidFormat: "InvalidFormatFault",
} as const;
