/** ssm:RemoveTagsFromResource. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html */
import { RemoveTagsFromResource$, type RemoveTagsFromResourceCommand } from "@aws-sdk/client-ssm";
import { setParameterTags } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { existingParameter } from "./subject.ts";
import { authorizeTags } from "./tags.ts";

export const removeTagsFromResource = operation<RemoveTagsFromResourceCommand>(RemoveTagsFromResource$, {
  authorize: authorizeTags("ssm:RemoveTagsFromResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const parameter = await existingParameter(tx, ctx, input.ResourceId);
      const tags = parameter.tags.filter(({ key }) => !input.TagKeys?.includes(key));
      await setParameterTags(tx, ctx.scope.id, { name: parameter.name, tags });
      return {};
    }),
});
