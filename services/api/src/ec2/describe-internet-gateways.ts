/** ec2:DescribeInternetGateways. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html */
import { DescribeInternetGateways$, type DescribeInternetGatewaysCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { internetGatewayView } from "./internet-gateway-view.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";

export const describeInternetGateways = ec2Operation<DescribeInternetGatewaysCommand>(
  DescribeInternetGateways$,
  {
    authorize: listing("DescribeInternetGateways"),
    async handle({ input, ctx }) {
      const { rows, NextToken } = await list({
        ctx,
        operation: "DescribeInternetGateways",
        view: internetGatewayView,
        kind: kinds.internetGateway,
        input,
        ids: input.InternetGatewayIds,
        filters: input.Filters,
      });
      return { InternetGateways: rows, NextToken };
    },
  },
);
