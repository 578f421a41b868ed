/** ec2:DescribeNatGateways. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html */
import { DescribeNatGateways$, type DescribeNatGatewaysCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { natGatewayView } from "./nat-gateway-view.ts";
import { ec2Operation } from "./operation.ts";

export const describeNatGateways = ec2Operation<DescribeNatGatewaysCommand>(DescribeNatGateways$, {
  authorize: listing("DescribeNatGateways"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeNatGateways",
      view: natGatewayView,
      kind: kinds.natGateway,
      input,
      ids: input.NatGatewayIds,
      filters: input.Filter,
    });
    return { NatGateways: rows, NextToken };
  },
});
