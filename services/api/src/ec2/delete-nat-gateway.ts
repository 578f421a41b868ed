/** ec2:DeleteNatGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html */
import { DeleteNatGateway$, type DeleteNatGatewayCommand } from "@aws-sdk/client-ec2";
import { addresses, natGateways } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const deleteNatGateway = ec2Operation<DeleteNatGatewayCommand>(DeleteNatGateway$, {
  authorize: onOne("DeleteNatGateway", ({ NatGatewayId }) => [NatGatewayId]),
  async handle({ input, ctx }) {
    const NatGatewayId = await changeNetwork(ctx, async (tx) => {
      const { id } = await existing(tx, ctx, kinds.natGateway, input.NatGatewayId);
      const address = (await addresses.all(tx, ctx.scope.id)).find(({ natGatewayId }) => natGatewayId === id);
      if (address) await addresses.update(tx, address.id, { natGatewayId: null, associationId: null });
      await natGateways.remove(tx, id);
      return id;
    });
    return { NatGatewayId };
  },
});
