/** ec2:DescribeVpcs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html */
import { DescribeVpcs$, type DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";
import { vpcView } from "./vpc-view.ts";

export const describeVpcs = ec2Operation<DescribeVpcsCommand>(DescribeVpcs$, {
  authorize: listing("DescribeVpcs"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeVpcs",
      view: vpcView,
      kind: kinds.vpc,
      input,
      ids: input.VpcIds,
      filters: input.Filters,
    });
    return { Vpcs: rows, NextToken };
  },
});
