/** ec2:AttachInternetGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html */
import { AttachInternetGateway$, type AttachInternetGatewayCommand } from "@aws-sdk/client-ec2";
import { internetGateways } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const attachInternetGateway = ec2Operation<AttachInternetGatewayCommand>(AttachInternetGateway$, {
  authorize: onOne("AttachInternetGateway", ({ InternetGatewayId, VpcId }) => [InternetGatewayId, VpcId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const gateway = await existing(tx, ctx, kinds.internetGateway, input.InternetGatewayId);
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      if (gateway.vpcId !== null) {
        const text = `resource ${gateway.id} is already attached to network ${gateway.vpcId}`;
        throw ec2Errors.alreadyAssociated(text);
      }
      if ((await internetGateways.all(tx, ctx.scope.id)).some(({ vpcId }) => vpcId === vpc.id)) {
        throw ec2Errors.refused(`Network ${vpc.id} already has an internet gateway attached`);
      }
      await internetGateways.update(tx, gateway.id, { vpcId: vpc.id });
    });
    return {};
  },
});
