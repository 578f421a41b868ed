/** ec2:DescribeVpcAttribute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html */
import { DescribeVpcAttribute$, type DescribeVpcAttributeCommand } from "@aws-sdk/client-ec2";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { readNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const describeVpcAttribute = ec2Operation<DescribeVpcAttributeCommand>(DescribeVpcAttribute$, {
  authorize: onOne("DescribeVpcAttribute", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    const vpc = await readNetwork(ctx, (tx) => existing(tx, ctx, kinds.vpc, input.VpcId));
    switch (input.Attribute) {
      case "enableDnsSupport":
        return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.dnsSupport } };
      case "enableDnsHostnames":
        return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.dnsHostnames } };
      case "enableNetworkAddressUsageMetrics":
        return { VpcId: vpc.id, EnableNetworkAddressUsageMetrics: { Value: vpc.addressUsageMetrics } };
      default:
        throw ec2Errors.missing("Attribute");
    }
  },
});
