/** Every error a Systems Manager operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

export const parameterErrors = {
  validation: (message: string) => awsError("ValidationException", message),
  notFound: (name: string) => awsError("ParameterNotFound", `Parameter ${name} not found.`),
  versionNotFound: (name: string, version: string) =>
    awsError(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
    ),
  exists: () =>
    awsError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    ),
  patternMismatch: (pattern: string) =>
    awsError(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    ),
  invalidPattern: () => awsError("InvalidAllowedPatternException", "The allowed pattern cannot be used."),
  unsupportedType: (type: string) =>
    awsError("UnsupportedParameterType", `The parameter type ${type} is not supported.`),
  invalidKey: () =>
    awsError(
      "InvalidKeyId",
      "Parameters are encrypted with the installation's own key; KMS keys are not supported.",
    ),
  invalidResourceType: (type: string) =>
    awsError("InvalidResourceType", `${type} is not a valid resource type.`),
  invalidResourceId: (id: string) => awsError("InvalidResourceId", `The resource ID ${id} is not valid.`),
  invalidToken: () => awsError("InvalidNextToken", "The specified token is not valid."),
  tooManyTags: (max: number) => awsError("TooManyTagsError", `The number of tags must not exceed ${max}.`),
  invalidFilter: (key: string) => awsError("InvalidFilterKey", `The filter ${key} is not valid.`),
} as const;
