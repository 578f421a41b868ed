/** ecr:PutImageTagMutability. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html */
import { PutImageTagMutability$, type PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { setTagMutability } from "@roadstead/db/repositories";
import { operation } from "../operation.ts";
import { checkedMutability } from "./mutability.ts";
import { renderMutability } from "./render/repository.ts";
import { authorizeRepository, found, namesOf } from "./repository.ts";

export const putImageTagMutability = operation<PutImageTagMutabilityCommand>(PutImageTagMutability$, {
  authorize: authorizeRepository("ecr:PutImageTagMutability"),
  async handle({ input, ctx }) {
    const { repositoryName: name = "" } = input;
    const setting = checkedMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
    const row = found(ctx, name, await setTagMutability(ctx.db, { scopeId: ctx.scope.id, name }, setting));
    return { ...namesOf(ctx, row), ...renderMutability(row) };
  },
});
