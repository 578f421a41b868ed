/** ec2:ModifyVpcAttribute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html */
import { ModifyVpcAttribute$, type ModifyVpcAttributeCommand } from "@aws-sdk/client-ec2";
import { vpcs } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const modifyVpcAttribute = ec2Operation<ModifyVpcAttributeCommand>(ModifyVpcAttribute$, {
  authorize: onOne("ModifyVpcAttribute", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    const wanted = [
      ["dnsSupport", input.EnableDnsSupport?.Value],
      ["dnsHostnames", input.EnableDnsHostnames?.Value],
      ["addressUsageMetrics", input.EnableNetworkAddressUsageMetrics?.Value],
    ] as const;
    const given = wanted.filter(([, value]) => value !== undefined);
    if (given.length !== 1) {
      throw ec2Errors.combination("Exactly one attribute of a VPC is modified at a time.");
    }
    await changeNetwork(ctx, async (tx) => {
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      await vpcs.update(tx, vpc.id, Object.fromEntries(given));
    });
    return {};
  },
});
