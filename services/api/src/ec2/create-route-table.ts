/** ec2:CreateRouteTable. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html */
import { CreateRouteTable$, type CreateRouteTableCommand } from "@aws-sdk/client-ec2";
import { mintResourceId, routeTables, tokenResourceId } from "@roadstead/db/network-tables";
import { making } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { shown } from "./list.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { ROUTE_TABLES_PER_VPC_MAX } from "./quotas.ts";
import { routeTableView } from "./route-table-view.ts";
import { specifiedTags } from "./tags.ts";

export const createRouteTable = ec2Operation<CreateRouteTableCommand>(CreateRouteTable$, {
  authorize: making("CreateRouteTable", "route-table", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    const tags = specifiedTags(input.TagSpecifications, "route-table");
    const { ClientToken } = input;
    const id = ClientToken ? tokenResourceId("rtb", ctx.scope.id, ClientToken) : mintResourceId("rtb");
    const RouteTable = await changeNetwork(ctx, async (tx) => {
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      const before = await routeTables.find(tx, ctx.scope.id, id);
      if (before && before.vpcId !== vpc.id) throw ec2Errors.tokenReused();
      if (before) return shown(tx, ctx, routeTableView, id);
      const there = (await routeTables.all(tx, ctx.scope.id)).filter(({ vpcId }) => vpcId === vpc.id);
      if (there.length >= ROUTE_TABLES_PER_VPC_MAX) {
        throw ec2Errors.limit("RouteTableLimitExceeded", "route tables in this VPC");
      }
      const row = { id, scopeId: ctx.scope.id, vpcId: vpc.id, routes: [], tags };
      await routeTables.insert(tx, row);
      return shown(tx, ctx, routeTableView, row.id);
    });
    return { RouteTable, ...(ClientToken ? { ClientToken } : {}) };
  },
});
