/** ec2:DeleteTags. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html */
import { DeleteTags$, type DeleteTagsCommand } from "@aws-sdk/client-ec2";
import { on } from "./allowed.ts";
import { changeTags } from "./change-tags.ts";
import { ec2Operation } from "./operation.ts";
import { requestTags } from "./tags.ts";

export const deleteTags = ec2Operation<DeleteTagsCommand>(DeleteTags$, {
  authorize: ({ input, ctx }) => on(ctx, "DeleteTags", input.Resources ?? [], requestTags(input.Tags ?? [])),
  async handle({ input, ctx }) {
    const gone = input.Tags ?? [];
    await changeTags(ctx, input.Resources, (old) =>
      gone.length === 0
        ? []
        : old.filter(
            (tag) => !gone.some(({ Key, Value }) => Key === tag.key && (Value ?? tag.value) === tag.value),
          ),
    );
    return {};
  },
});
