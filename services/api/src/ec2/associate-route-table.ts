/** ec2:AssociateRouteTable. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html */
import { AssociateRouteTable$, type AssociateRouteTableCommand } from "@aws-sdk/client-ec2";
import { mintResourceId, routeTableAssociations } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const associateRouteTable = ec2Operation<AssociateRouteTableCommand>(AssociateRouteTable$, {
  authorize: onOne("AssociateRouteTable", ({ RouteTableId, SubnetId }) => [RouteTableId, SubnetId]),
  async handle({ input, ctx }) {
    if (input.GatewayId || input.PublicIpv4Pool) throw ec2Errors.unsupported("A route table of a gateway");
    const AssociationId = await changeNetwork(ctx, async (tx) => {
      const table = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
      const subnet = await existing(tx, ctx, kinds.subnet, input.SubnetId);
      if (table.vpcId !== subnet.vpcId) {
        throw ec2Errors.refused(
          `route table ${table.id} and subnet ${subnet.id} belong to different networks`,
        );
      }
      const associations = await routeTableAssociations.all(tx, ctx.scope.id);
      const there = associations.find(({ subnetId }) => subnetId === subnet.id);
      if (there?.routeTableId === table.id) return there.id;
      if (there) {
        throw ec2Errors.alreadyAssociated(
          `the specified association for route table ${table.id} conflicts with an existing association`,
        );
      }
      const { scope } = ctx;
      const row = { id: mintResourceId("rtbassoc"), scopeId: scope.id, routeTableId: table.id };
      await routeTableAssociations.insert(tx, { ...row, vpcId: table.vpcId, subnetId: subnet.id });
      return row.id;
    });
    return { AssociationId, AssociationState: { State: "associated" } };
  },
});
