/** Every error an IAM operation throws on purpose, with AWS's code, status and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

export const iamErrors = {
  noSuchUser: (name: string) => awsError("NoSuchEntity", `The user with name ${name} cannot be found.`, 404),
  noSuchAccessKey: (id: string) =>
    awsError("NoSuchEntity", `The Access Key with id ${id} cannot be found.`, 404),
  noSuchPolicy: (name: string) =>
    awsError("NoSuchEntity", `The user policy with name ${name} cannot be found.`, 404),
  userExists: (name: string) =>
    awsError("EntityAlreadyExists", `User with name ${name} already exists.`, 409),
  userHasKeys: () => awsError("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409),
  userHasPolicies: () => awsError("DeleteConflict", "Cannot delete entity, must delete policies first.", 409),
  accessKeysExceeded: (max: number) =>
    awsError("LimitExceeded", `Cannot exceed quota for AccessKeysPerUser: ${max}`, 409),
  policySizeExceeded: (user: string, max: number) =>
    awsError("LimitExceeded", `Maximum policy size of ${max} bytes exceeded for user ${user}`, 409),
  malformedPolicy: (message: string) => awsError("MalformedPolicyDocument", message, 400),
  validation: (message: string) => awsError("ValidationError", message, 400),
  callerIsNoUser: () =>
    awsError("ValidationError", "Must specify userName when calling with non-User credentials", 400),
} as const;
