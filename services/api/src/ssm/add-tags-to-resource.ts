/** ssm:AddTagsToResource. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
import { AddTagsToResource$, type AddTagsToResourceCommand } from "@aws-sdk/client-ssm";
import { setParameterTags } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { existingParameter } from "./subject.ts";
import { authorizeTags, withTags } from "./tags.ts";

export const addTagsToResource = operation<AddTagsToResourceCommand>(AddTagsToResource$, {
  authorize: authorizeTags("ssm:AddTagsToResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const parameter = await existingParameter(tx, ctx, input.ResourceId);
      const tags = withTags(parameter.tags, input.Tags);
      await setParameterTags(tx, ctx.scope.id, { name: parameter.name, tags });
      return {};
    }),
});
