/** Every ECR operation this server performs, by its AWS name. */
import { createRepository } from "./create-repository.ts";
import { deleteRepository } from "./delete-repository.ts";
import { describeRepositories } from "./describe-repositories.ts";
import { getAuthorizationToken } from "./get-authorization-token.ts";

export const operations = {
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DescribeRepositories: describeRepositories,
  GetAuthorizationToken: getAuthorizationToken,
} as const;
