/** ec2:CreateVpc. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html */
import { CreateVpc$, type CreateVpcCommand } from "@aws-sdk/client-ec2";
import { vpcs } from "@roadstead/db/network-tables";
import { makeVpc } from "@roadstead/db/networks";
import { formatCidr } from "@roadstead/model/cidr";
import { making } from "./allowed.ts";
import { readBlock, refuseOtherBlocks } from "./blocks.ts";
import { ec2Errors } from "./errors.ts";
import { shown } from "./list.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { VPCS_MAX } from "./quotas.ts";
import { specifiedTags } from "./tags.ts";
import { vpcView } from "./vpc-view.ts";

export const createVpc = ec2Operation<CreateVpcCommand>(CreateVpc$, {
  authorize: making("CreateVpc", "vpc"),
  async handle({ input, ctx }) {
    refuseOtherBlocks(input);
    if (input.InstanceTenancy && input.InstanceTenancy !== "default") {
      throw ec2Errors.unsupported(`The tenancy '${input.InstanceTenancy}'`);
    }
    const cidrBlock = formatCidr(readBlock(input.CidrBlock, ec2Errors.vpcRange));
    const tags = specifiedTags(input.TagSpecifications, "vpc");
    const Vpc = await changeNetwork(ctx, async (tx) => {
      const there = await vpcs.all(tx, ctx.scope.id);
      if (there.length >= VPCS_MAX) throw ec2Errors.limit("VpcLimitExceeded", "VPCs");
      const { vpc } = await makeVpc(tx, ctx.scope, { cidrBlock, isDefault: false, tags });
      return shown(tx, ctx, vpcView, vpc.id);
    });
    return { Vpc };
  },
});
