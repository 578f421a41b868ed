/** ec2:CreateRoute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html */
import { CreateRoute$, type CreateRouteCommand } from "@aws-sdk/client-ec2";
import { routeTables } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { ROUTES_PER_TABLE_MAX } from "./quotas.ts";
import { readDestination, readTarget, refuseLocal } from "./routes.ts";

export const createRoute = ec2Operation<CreateRouteCommand>(CreateRoute$, {
  authorize: onOne("CreateRoute", ({ RouteTableId }) => [RouteTableId]),
  async handle({ input, ctx }) {
    const destination = readDestination(input);
    await changeNetwork(ctx, async (tx) => {
      const table = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
      const target = await readTarget(tx, ctx, table, input);
      await refuseLocal(tx, ctx, table, destination);
      const { routes } = table;
      const there = routes.find((route) => route.destination === destination);
      if (there && there.target !== target) throw ec2Errors.routeExists(destination);
      if (there) return;
      if (routes.length >= ROUTES_PER_TABLE_MAX) {
        throw ec2Errors.limit("RouteLimitExceeded", "routes in this route table");
      }
      await routeTables.update(tx, table.id, { routes: [...routes, { destination, target }] });
    });
    return { Return: true };
  },
});
