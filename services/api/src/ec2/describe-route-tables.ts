/** ec2:DescribeRouteTables. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html */
import { DescribeRouteTables$, type DescribeRouteTablesCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { kinds } from "./kinds.ts";
import { list } from "./list.ts";
import { ec2Operation } from "./operation.ts";
import { routeTableView } from "./route-table-view.ts";

export const describeRouteTables = ec2Operation<DescribeRouteTablesCommand>(DescribeRouteTables$, {
  authorize: listing("DescribeRouteTables"),
  async handle({ input, ctx }) {
    const { rows, NextToken } = await list({
      ctx,
      operation: "DescribeRouteTables",
      view: routeTableView,
      kind: kinds.routeTable,
      input,
      ids: input.RouteTableIds,
      filters: input.Filters,
    });
    return { RouteTables: rows, NextToken };
  },
});
