/** ec2:ReplaceRouteTableAssociation. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html */
import { ReplaceRouteTableAssociation$, type ReplaceRouteTableAssociationCommand } from "@aws-sdk/client-ec2";
import { mintResourceId, routeTableAssociations } from "@roadstead/db/network-tables";
import { on } from "./allowed.ts";
import { partsOf } from "./association-subject.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const replaceRouteTableAssociation = ec2Operation<ReplaceRouteTableAssociationCommand>(
  ReplaceRouteTableAssociation$,
  {
    authorize: async ({ input, ctx }) =>
      on(ctx, "ReplaceRouteTableAssociation", [
        input.RouteTableId,
        ...(await partsOf(ctx, input.AssociationId)),
      ]),
    async handle({ input, ctx }) {
      const NewAssociationId = await changeNetwork(ctx, async (tx) => {
        const association = await existing(tx, ctx, kinds.association, input.AssociationId);
        const table = await existing(tx, ctx, kinds.routeTable, input.RouteTableId);
        if (table.vpcId !== association.vpcId) {
          throw ec2Errors.refused(
            `route table ${table.id} and association ${association.id} belong to different networks`,
          );
        }
        if (table.id === association.routeTableId) return association.id;
        await routeTableAssociations.remove(tx, association.id);
        const id = mintResourceId("rtbassoc");
        await routeTableAssociations.insert(tx, { ...association, id, routeTableId: table.id });
        return id;
      });
      return { NewAssociationId, AssociationState: { State: "associated" } };
    },
  },
);
