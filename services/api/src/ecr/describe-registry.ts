/** ecr:DescribeRegistry. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html */
import { DescribeRegistry$, type DescribeRegistryCommand } from "@aws-sdk/client-ecr";
import { operation } from "../operation.ts";

export const describeRegistry = operation<DescribeRegistryCommand>(DescribeRegistry$, {
  authorize: () => ({ action: "ecr:DescribeRegistry", resource: "*" }),
  // Nothing replicates: that is what a registry without a configuration answers.
  handle: async ({ ctx }) => ({
    registryId: ctx.scope.accountId,
    replicationConfiguration: { rules: [] },
  }),
});
