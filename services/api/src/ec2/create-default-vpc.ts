/** ec2:CreateDefaultVpc. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html */
import { CreateDefaultVpc$, type CreateDefaultVpcCommand } from "@aws-sdk/client-ec2";
import { vpcs } from "@roadstead/db/network-tables";
import { makeDefaultVpc } from "@roadstead/db/networks";
import { ec2Arn } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { shown } from "./list.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { vpcView } from "./vpc-view.ts";

export const createDefaultVpc = ec2Operation<CreateDefaultVpcCommand>(CreateDefaultVpc$, {
  authorize: ({ ctx }) => ({ action: "ec2:CreateDefaultVpc", resource: ec2Arn(ctx, "vpc", "*") }),
  async handle({ ctx }) {
    const Vpc = await changeNetwork(ctx, async (tx) => {
      const there = await vpcs.all(tx, ctx.scope.id);
      if (there.some(({ isDefault }) => isDefault)) throw ec2Errors.defaultVpcExists();
      return shown(tx, ctx, vpcView, (await makeDefaultVpc(tx, ctx.scope)).id);
    });
    return { Vpc };
  },
});
