/** ec2:CreateInternetGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html */
import { CreateInternetGateway$, type CreateInternetGatewayCommand } from "@aws-sdk/client-ec2";
import { internetGateways, mintResourceId } from "@roadstead/db/network-tables";
import { making } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { internetGatewayView } from "./internet-gateway-view.ts";
import { shown } from "./list.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { INTERNET_GATEWAYS_MAX } from "./quotas.ts";
import { specifiedTags } from "./tags.ts";

export const createInternetGateway = ec2Operation<CreateInternetGatewayCommand>(CreateInternetGateway$, {
  authorize: making("CreateInternetGateway", "internet-gateway"),
  async handle({ input, ctx }) {
    const tags = specifiedTags(input.TagSpecifications, "internet-gateway");
    const InternetGateway = await changeNetwork(ctx, async (tx) => {
      if ((await internetGateways.all(tx, ctx.scope.id)).length >= INTERNET_GATEWAYS_MAX) {
        throw ec2Errors.limit("InternetGatewayLimitExceeded", "internet gateways");
      }
      const row = { id: mintResourceId("igw"), scopeId: ctx.scope.id, vpcId: null, tags };
      await internetGateways.insert(tx, row);
      return shown(tx, ctx, internetGatewayView, row.id);
    });
    return { InternetGateway };
  },
});
