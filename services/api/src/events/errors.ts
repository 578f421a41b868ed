/** Every error an EventBridge operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

const missing = (message: string) => awsError("ResourceNotFoundException", message);

export const eventErrors = {
  validation: (message: string) => awsError("ValidationException", message),
  /** What AWS can do and this server cannot; no client tries it again. */
  unsupported: (what: string) =>
    awsError("ValidationException", `${what} not supported by this server (not built yet).`),
  invalidPattern: (reason: string) =>
    awsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`),
  noBus: (name: string) => missing(`Event bus ${name} does not exist.`),
  noRule: (name: string) => missing(`Rule ${name} does not exist on EventBus default.`),
  noConnection: (name: string) =>
    missing(`Failed to describe the connection(s). Connection '${name}' does not exist.`),
  noDestination: (name: string) =>
    missing(`Failed to describe the api-destination(s). Api-destination '${name}' does not exist.`),
  connectionExists: (name: string) =>
    awsError("ResourceAlreadyExistsException", `Connection ${name} already exists.`),
  destinationExists: (name: string) =>
    awsError("ResourceAlreadyExistsException", `An api-destination '${name}' already exists.`),
  tooMany: () =>
    awsError("LimitExceededException", "The requested resource exceeds the maximum number allowed."),
} as const;
