/** The repository whose tags a request is about, which it names by ARN. */
import type { Tag as SdkTag } from "@aws-sdk/client-ecr";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { findRepository } from "@roadstead/db/repositories";
import { parseArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { ecrErrors } from "./errors.ts";
import { onRepository, ownRegistry } from "./repository.ts";
import { requestTags } from "./tags.ts";

const REPOSITORY = "repository/";

/** The name in the ARN, which must be of this region; of another account it is refused, as `action`. */
export function repositoryOfArn(ctx: ApiContext, resourceArn: string | undefined, action: string): string {
  const arn = parseArn(resourceArn ?? "");
  const name = arn?.resource.startsWith(REPOSITORY) ? arn.resource.slice(REPOSITORY.length) : "";
  if (arn?.partition !== "aws" || arn.service !== "ecr" || arn.region !== ctx.scope.region || name === "") {
    throw ecrErrors.invalidParameter("resourceArn", "Invalid ARN");
  }
  ownRegistry(ctx, arn.accountId, action, name);
  return name;
}

interface Request {
  readonly input: {
    readonly resourceArn?: string | undefined;
    readonly tags?: readonly SdkTag[] | undefined;
    readonly tagKeys?: readonly string[] | undefined;
  };
  readonly ctx: ApiContext;
}

/** The action on the repository, with its tags and those of the request. */
export const authorizeTagging =
  (action: string) =>
  async ({ input, ctx }: Request): Promise<Authorization> => {
    const name = repositoryOfArn(ctx, input.resourceArn, action);
    const row = await findRepository(ctx.db, ctx.scope.id, name);
    const authorization = onRepository(ctx, action, name, row);
    const keys = input.tagKeys ? { "aws:TagKeys": [...input.tagKeys] } : {};
    return {
      ...authorization,
      context: { ...authorization.context, ...requestTags(input.tags ?? []), ...keys },
    };
  };
