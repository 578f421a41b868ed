/** Every error an ECR operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";
import type { ImageId } from "@roadstead/db/images";

const invalid = (message: string) => awsError("InvalidParameterException", message);

/** A repository as messages name it. */
interface Named {
  readonly accountId: string;
  readonly name: string;
}

export const ecrErrors = {
  repositoryNotFound: ({ accountId, name }: Named) =>
    awsError(
      "RepositoryNotFoundException",
      `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
    ),
  repositoryAlreadyExists: ({ accountId, name }: Named) =>
    awsError(
      "RepositoryAlreadyExistsException",
      `The repository with name '${name}' already exists in the registry with id '${accountId}'`,
    ),
  repositoryNotEmpty: ({ accountId, name }: Named) =>
    awsError(
      "RepositoryNotEmptyException",
      `The repository with name '${name}' in registry with id '${accountId}' cannot be deleted because it still contains images`,
    ),
  imageNotFound: ({ accountId, name }: Named, { digest, tag }: ImageId) =>
    awsError(
      "ImageNotFoundException",
      `The image with imageId {imageDigest:'${digest ?? null}', imageTag:'${tag ?? null}'} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`,
    ),
  otherRegistry: (principalArn: string, action: string, resource: string) =>
    awsError(
      "AccessDeniedException",
      `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`,
    ),
  invalidParameter: (member: string, reason: string) =>
    invalid(`Invalid parameter at '${member}' failed to satisfy constraint: '${reason}'`),
  badImageId: (reason: string) => invalid(reason),
  invalidTag: (message: string) => awsError("InvalidTagParameterException", message),
  tooManyTags: (max: number) =>
    awsError(
      "TooManyTagsException",
      `The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is ${max}.`,
    ),
  noKms: () =>
    awsError("KmsException", "Encryption with KMS keys is not supported by this server; use AES256."),
  answerTooLarge: (maxMiB: number) =>
    awsError(
      "LimitExceededException",
      `The manifests asked for are larger than ${maxMiB} MiB together. Ask for fewer images at once.`,
    ),
} as const;
