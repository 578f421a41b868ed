/** ec2:DeleteRouteTable. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html */
import { DeleteRouteTable$, type DeleteRouteTableCommand } from "@aws-sdk/client-ec2";
import { routeTableAssociations, routeTables } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const deleteRouteTable = ec2Operation<DeleteRouteTableCommand>(DeleteRouteTable$, {
  authorize: onOne("DeleteRouteTable", ({ RouteTableId }) => [RouteTableId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const { id } = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
      const associations = await routeTableAssociations.all(tx, ctx.scope.id);
      if (associations.some(({ routeTableId }) => routeTableId === id)) {
        throw ec2Errors.dependency(`The routeTable '${id}' has dependencies and cannot be deleted.`);
      }
      await routeTables.remove(tx, id);
    });
    return {};
  },
});
