/** ec2:DisassociateRouteTable. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html */
import { DisassociateRouteTable$, type DisassociateRouteTableCommand } from "@aws-sdk/client-ec2";
import { routeTableAssociations } from "@roadstead/db/network-tables";
import { ec2Arn, on } from "./allowed.ts";
import { partsOf } from "./association-subject.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const disassociateRouteTable = ec2Operation<DisassociateRouteTableCommand>(DisassociateRouteTable$, {
  async authorize({ input, ctx }) {
    const wanted = await on(ctx, "DisassociateRouteTable", await partsOf(ctx, input.AssociationId));
    const resource = ec2Arn(ctx, "route-table", "*");
    return wanted.length > 0 ? wanted : { action: "ec2:DisassociateRouteTable", resource };
  },
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const association = await existing(tx, ctx, kinds.association, input.AssociationId);
      if (association.subnetId === null) {
        throw ec2Errors.refused(`cannot disassociate the main route table association ${association.id}`);
      }
      await routeTableAssociations.remove(tx, association.id);
    });
    return {};
  },
});
