/** ec2:DetachInternetGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html */
import { DetachInternetGateway$, type DetachInternetGatewayCommand } from "@aws-sdk/client-ec2";
import { internetGateways, natGateways } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const detachInternetGateway = ec2Operation<DetachInternetGatewayCommand>(DetachInternetGateway$, {
  authorize: onOne("DetachInternetGateway", ({ InternetGatewayId, VpcId }) => [InternetGatewayId, VpcId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const gateway = await existing(tx, ctx, kinds.internetGateway, input.InternetGatewayId);
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      if (gateway.vpcId !== vpc.id) {
        throw ec2Errors.notAttached(`resource ${gateway.id} is not attached to network ${vpc.id}`);
      }
      const nats = await natGateways.all(tx, ctx.scope.id);
      if (nats.some(({ vpcId, connectivityType }) => vpcId === vpc.id && connectivityType === "public")) {
        throw ec2Errors.dependency(
          `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      await internetGateways.update(tx, gateway.id, { vpcId: null });
    });
    return {};
  },
});
