/** Every error an operation of CloudWatch Logs throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

const invalid = (message: string) => awsError("InvalidParameterException", message);

export const logsErrors = {
  groupNotFound: () => awsError("ResourceNotFoundException", "The specified log group does not exist."),
  streamNotFound: () => awsError("ResourceNotFoundException", "The specified log stream does not exist."),
  resourceNotFound: () => awsError("ResourceNotFoundException", "The specified resource does not exist."),
  groupExists: () => awsError("ResourceAlreadyExistsException", "The specified log group already exists"),
  streamExists: () => awsError("ResourceAlreadyExistsException", "The specified log stream already exists"),
  reservedName: () => invalid("Log groups starting with AWS/ are reserved for AWS."),
  notInOrder: () => invalid("Log events in a single PutLogEvents request must be in chronological order."),
  spansTooLong: () =>
    invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours."),
  uploadTooLarge: (bytes: number, maxBytes: number) =>
    invalid(`Upload too large: ${bytes} bytes exceeds limit of ${maxBytes}`),
  eventTooLarge: (bytes: number, maxBytes: number) =>
    invalid(`Log event too large: ${bytes} bytes exceeds limit of ${maxBytes}`),
  badRetention: (days: number | undefined, allowed: readonly number[]) =>
    invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
    ),
  badToken: () => invalid("The specified nextToken is invalid."),
  badArn: () => invalid("The specified resource ARN is not valid."),
  needsGroup: () => invalid("Either logGroupName or logGroupIdentifier must be specified."),
  groupTwice: () => invalid("logGroupName and logGroupIdentifier cannot be specified together."),
  namesAndPrefix: () =>
    invalid("logStreamNames and logStreamNamePrefix cannot be specified in the same request."),
  timeAndPrefix: () => invalid("Cannot order by LastEventTime with a logStreamNamePrefix."),
  prefixAndPattern: () =>
    invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."),
  badPattern: (reason: string) => invalid(`Invalid filter pattern: ${reason}`),
  unsupported: (what: string) => invalid(`${what} not supported by this server.`),
  invalidTag: (message: string) => invalid(message),
  tooManyTags: (resourceName: string, max: number) =>
    awsError("TooManyTagsException", `A resource can have no more than ${max} tags: ${resourceName}.`),
} as const;
