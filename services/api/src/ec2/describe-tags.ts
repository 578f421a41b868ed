/** ec2:DescribeTags. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html */
import {
  DescribeTags$,
  type DescribeTagsCommand,
  type ResourceType,
  type TagDescription,
} from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { type FilterTable, filtered } from "./filters.ts";
import { taggedKinds } from "./kinds.ts";
import { pageOf } from "./list.ts";
import { readNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

type Shown = TagDescription & { readonly Tags?: never };

const keyOf = ({ ResourceId, Key }: Shown) => `${ResourceId} ${Key}`;

const FILTERS: FilterTable<Shown> = {
  key: ({ Key }) => Key,
  "resource-id": ({ ResourceId }) => ResourceId,
  "resource-type": ({ ResourceType }) => ResourceType,
  value: ({ Value }) => Value,
};

export const describeTags = ec2Operation<DescribeTagsCommand>(DescribeTags$, {
  authorize: listing("DescribeTags"),
  async handle({ input, ctx }) {
    const tags = await readNetwork(ctx, async (tx) => {
      const found: Shown[] = [];
      for (const { table, type } of taggedKinds) {
        for (const row of await table.all(tx, ctx.scope.id)) {
          for (const { key, value } of row.tags) {
            found.push({ ResourceId: row.id, ResourceType: type as ResourceType, Key: key, Value: value });
          }
        }
      }
      return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    });
    const found = filtered(tags, input.Filters, FILTERS);
    const request = { operation: "DescribeTags", filter: input.Filters ?? [], input };
    const { rows, NextToken } = pageOf(ctx, request, found, keyOf);
    return { Tags: rows, NextToken };
  },
});
