/** ec2:DescribeVpcEndpoints. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html */
import { DescribeVpcEndpoints$, type DescribeVpcEndpointsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Operation } from "./operation.ts";
import { noneOf } from "./unrecorded.ts";

export const describeVpcEndpoints = ec2Operation<DescribeVpcEndpointsCommand>(DescribeVpcEndpoints$, {
  authorize: listing("DescribeVpcEndpoints"),
  async handle({ input }) {
    noneOf(input.VpcEndpointIds, "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id");
    return { VpcEndpoints: [] };
  },
});
