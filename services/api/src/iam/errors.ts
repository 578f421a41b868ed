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
  noSuchRole: (name: string) => awsError("NoSuchEntity", `The role with name ${name} cannot be found.`, 404),
  roleExists: (name: string) =>
    awsError("EntityAlreadyExists", `Role with name ${name} already exists.`, 409),
  noSuchRolePolicy: (name: string) =>
    awsError("NoSuchEntity", `The role policy with name ${name} cannot be found.`, 404),
  stillAttached: () =>
    awsError("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409),
  stillInProfile: () =>
    awsError("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409),
  rolePolicySizeExceeded: (role: string, max: number) =>
    awsError("LimitExceeded", `Maximum policy size of ${max} bytes exceeded for role ${role}`, 409),
  quotaExceeded: (quota: string, max: number) =>
    awsError("LimitExceeded", `Cannot exceed quota for ${quota}: ${max}`, 409),
  noSuchManagedPolicy: (arn: string) => awsError("NoSuchEntity", `Policy ${arn} was not found.`, 404),
  notAttachable: (arn: string) =>
    awsError("NoSuchEntity", `Policy ${arn} does not exist or is not attachable.`, 404),
  noSuchVersion: (arn: string, version: string) =>
    awsError("NoSuchEntity", `Policy ${arn} version ${version} does not exist or is not attachable.`, 404),
  policyExists: (name: string) =>
    awsError(
      "EntityAlreadyExists",
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
      409,
    ),
  policyInUse: () => awsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409),
  policyHasVersions: () =>
    awsError(
      "DeleteConflict",
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      409,
    ),
  versionIsDefault: () => awsError("DeleteConflict", "Cannot delete the default version of a policy.", 409),
  tooManyVersions: (max: number) =>
    awsError(
      "LimitExceeded",
      `A managed policy can have up to ${max} versions. Before you create a new version, you must delete an existing version.`,
      409,
    ),
  noSuchProfile: (name: string) => awsError("NoSuchEntity", `Instance Profile ${name} cannot be found.`, 404),
  profileExists: (name: string) =>
    awsError("EntityAlreadyExists", `Instance Profile ${name} already exists.`, 409),
  noBoundaries: () => awsError("UnsupportedOperation", "Permissions boundaries are not supported.", 400),
  tooManyTags: (max: number) =>
    awsError("LimitExceeded", `The number of tags has reached the maximum limit: ${max}.`, 409),
  malformedPolicy: (message: string) => awsError("MalformedPolicyDocument", message, 400),
  validation: (message: string) => awsError("ValidationError", message, 400),
  callerIsNoUser: () =>
    awsError("ValidationError", "Must specify userName when calling with non-User credentials", 400),
} as const;
