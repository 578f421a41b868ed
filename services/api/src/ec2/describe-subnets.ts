/** ec2:DescribeSubnets. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html */
import { DescribeSubnets$, type DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";
import { subnetView } from "./subnet-view.ts";

export const describeSubnets = ec2Operation<DescribeSubnetsCommand>(DescribeSubnets$, {
  authorize: listing("DescribeSubnets"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeSubnets",
      view: subnetView,
      kind: kinds.subnet,
      input,
      ids: input.SubnetIds,
      filters: input.Filters,
    });
    return { Subnets: rows, NextToken };
  },
});
