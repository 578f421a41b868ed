/** Internet gateways as EC2 shows them. */
import type { InternetGateway } from "@aws-sdk/client-ec2";
import { internetGateways } from "@roadstead/db/network-tables";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const internetGatewayView: View<InternetGateway> = {
  load: async (tx, ctx) =>
    (await internetGateways.all(tx, ctx.scope.id)).map(({ id, vpcId, tags }) => ({
      InternetGatewayId: id,
      OwnerId: ctx.scope.accountId,
      // The state of an internet gateway's attachment is `available`, which the SDK's enumeration does not have.
      Attachments: vpcId === null ? [] : [{ VpcId: vpcId, State: "available" as "attached" }],
      Tags: shownTags(tags),
    })),
  idOf: ({ InternetGatewayId }) => InternetGatewayId,
  filters: {
    "internet-gateway-id": ({ InternetGatewayId }) => InternetGatewayId,
    "owner-id": ({ OwnerId }) => OwnerId,
    "attachment.vpc-id": ({ Attachments = [] }) => Attachments.map(({ VpcId }) => VpcId),
    "attachment.state": ({ Attachments = [] }) => Attachments.map(({ State }) => State),
  },
};
