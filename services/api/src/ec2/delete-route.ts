/** ec2:DeleteRoute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html */
import { DeleteRoute$, type DeleteRouteCommand } from "@aws-sdk/client-ec2";
import { routeTables } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { readDestination } from "./routes.ts";

export const deleteRoute = ec2Operation<DeleteRouteCommand>(DeleteRoute$, {
  authorize: onOne("DeleteRoute", ({ RouteTableId }) => [RouteTableId]),
  async handle({ input, ctx }) {
    const destination = readDestination(input);
    await changeNetwork(ctx, async (tx) => {
      const table = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
      const vpc = await existing(tx, ctx, kinds.vpc, table.vpcId);
      if (destination === vpc.cidrBlock) {
        throw ec2Errors.refused(`cannot remove local route ${destination} in route table ${table.id}`);
      }
      const routes = table.routes.filter((route) => route.destination !== destination);
      if (routes.length === table.routes.length) throw ec2Errors.noSuchRoute(destination, table.id);
      await routeTables.update(tx, table.id, { routes });
    });
    return {};
  },
});
