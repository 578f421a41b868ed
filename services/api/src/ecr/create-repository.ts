/** ecr:CreateRepository. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
import { CreateRepository$, type CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { insertRepository } from "@roadstead/db/repositories";
import { repositoryArn } from "@roadstead/model/arn";
import { isRegistryQualifier } from "@roadstead/model/image-name";
import { operation } from "../operation.ts";
import { ecrErrors } from "./errors.ts";
import { checkedMutability } from "./mutability.ts";
import { renderRepository } from "./render/repository.ts";
import { named, ownRegistry } from "./repository.ts";
import { checkedTags, requestTags } from "./tags.ts";

export const createRepository = operation<CreateRepositoryCommand>(CreateRepository$, {
  authorize({ input, ctx }) {
    const name = input.repositoryName ?? "";
    ownRegistry(ctx, input.registryId, "ecr:CreateRepository", name);
    const resource = repositoryArn(ctx.scope, name);
    const context = requestTags(input.tags);
    const create = { action: "ecr:CreateRepository", resource, context };
    return input.tags?.length ? [create, { action: "ecr:TagResource", resource, context }] : create;
  },
  async handle({ input, ctx }) {
    const name = input.repositoryName ?? "";
    if (isRegistryQualifier(name.split("/")[0] ?? "")) {
      const reason = "must not begin with an account and a region, which is the path to another registry";
      throw ecrErrors.invalidParameter("repositoryName", reason);
    }
    const encryptionType = input.encryptionConfiguration?.encryptionType ?? "AES256";
    if (encryptionType !== "AES256") throw ecrErrors.noKms();
    const repository = {
      scopeId: ctx.scope.id,
      name,
      ...checkedMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters),
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: { encryptionType },
      tags: checkedTags(input.tags),
    };
    const row = await ctx.db.write((tx) => insertRepository(tx, repository));
    if (!row) throw ecrErrors.repositoryAlreadyExists(named(ctx, name));
    return { repository: renderRepository(ctx, row) };
  },
});
