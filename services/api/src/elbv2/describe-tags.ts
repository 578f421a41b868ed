/** elasticloadbalancing:DescribeTags. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
import { DescribeTags$, type DescribeTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { findTags, notFound } from "./tagged.ts";
import { renderTags } from "./tags.ts";

const RESOURCES_MAX = 20;

export const describeTags = operation<DescribeTagsCommand>(DescribeTags$, {
  authorize: describing("DescribeTags"),
  handle: ({ input, ctx }) =>
    ctx.db.read(async (tx) => {
      const arns = [...new Set(input.ResourceArns)];
      if (arns.length > RESOURCES_MAX) {
        throw elbErrors.validation(`Tags of at most '${RESOURCES_MAX}' resources can be described at once`);
      }
      const TagDescriptions = [];
      for (const ResourceArn of arns) {
        const tags = await findTags(tx, ctx, ResourceArn);
        if (!tags) throw notFound(ResourceArn);
        TagDescriptions.push({ ResourceArn, Tags: renderTags(tags) });
      }
      return { TagDescriptions };
    }),
});
