/** ec2:DeleteSubnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html */
import { DeleteSubnet$, type DeleteSubnetCommand } from "@aws-sdk/client-ec2";
import { balancerIsIn } from "@roadstead/db/balancer-network";
import { interfaceIsIn } from "@roadstead/db/network-interfaces";
import { natGateways, routeTableAssociations, subnets } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const deleteSubnet = ec2Operation<DeleteSubnetCommand>(DeleteSubnet$, {
  authorize: onOne("DeleteSubnet", ({ SubnetId }) => [SubnetId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const subnet = await existing(tx, ctx, kinds.subnet, input.SubnetId);
      const inIt = (row: { readonly subnetId: string | null }) => row.subnetId === subnet.id;
      const hasGateway = (await natGateways.all(tx, ctx.scope.id)).some(inIt);
      const hasTask = await interfaceIsIn(tx, subnet.id);
      if (hasGateway || hasTask || (await balancerIsIn(tx, ctx.scope.id, subnet.id))) {
        throw ec2Errors.dependency(`The subnet '${subnet.id}' has dependencies and cannot be deleted.`);
      }
      const association = (await routeTableAssociations.all(tx, ctx.scope.id)).find(inIt);
      if (association) await routeTableAssociations.remove(tx, association.id);
      await subnets.remove(tx, subnet.id);
    });
    return {};
  },
});
