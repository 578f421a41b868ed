/** Every error an Application Auto Scaling operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";
import { SCALABLE_DIMENSION, SERVICE_NAMESPACE } from "@roadstead/model/scaling-arn";

const validation = (message: string) => awsError("ValidationException", message);
const missing = (what: string, resourceId: string) =>
  awsError(
    "ObjectNotFoundException",
    `No ${what} for service namespace: ${SERVICE_NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${SCALABLE_DIMENSION}`,
  );

export const scalingErrors = {
  validation,
  /** What AWS can do and this server cannot; no client tries it again. */
  unsupported: (what: string) => validation(`${what} not supported by this server (not built yet).`),
  unsupportedResource: () => validation("Unsupported service namespace, resource type or scalable dimension"),
  noService: (resourceId: string) => validation(`ECS service doesn't exist: ${resourceId}`),
  noTarget: (resourceId: string) => missing("scalable target found", resourceId),
  noPolicy: (name: string, resourceId: string) =>
    missing(`scaling policy found with name: ${name}`, resourceId),
  noScheduledAction: (name: string, resourceId: string) =>
    missing(`scheduled action found with name: ${name}`, resourceId),
  anotherType: () =>
    validation(
      "You cannot change a TargetTrackingScaling policy to a non TargetTrackingScaling policy, or vice versa.",
    ),
  noTagged: (arn: string) => awsError("ResourceNotFoundException", `The resource ${arn} was not found.`),
  tooMany: (what: string, max: number) =>
    awsError("LimitExceededException", `The number of ${what} must not exceed ${max}.`),
  tooManyTags: (max: number) =>
    awsError("TooManyTagsException", `The number of tags must not exceed ${max}.`),
  invalidToken: () => awsError("InvalidNextTokenException", "The specified next token is not valid."),
} as const;
