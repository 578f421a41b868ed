/** ec2:ReplaceRoute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html */
import { ReplaceRoute$, type ReplaceRouteCommand } from "@aws-sdk/client-ec2";
import { routeTables } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { readDestination, readTarget } from "./routes.ts";

export const replaceRoute = ec2Operation<ReplaceRouteCommand>(ReplaceRoute$, {
  authorize: onOne("ReplaceRoute", ({ RouteTableId }) => [RouteTableId]),
  async handle({ input, ctx }) {
    const destination = readDestination(input);
    await changeNetwork(ctx, async (tx) => {
      const table = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
      const target = await readTarget(tx, ctx, table, input);
      if (!table.routes.some((route) => route.destination === destination)) {
        throw ec2Errors.refused(
          `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
        );
      }
      const routes = table.routes.map((route) =>
        route.destination === destination ? { destination, target } : route,
      );
      await routeTables.update(tx, table.id, { routes });
    });
    return {};
  },
});
