/** ec2:DisassociateAddress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html */
import { DisassociateAddress$, type DisassociateAddressCommand } from "@aws-sdk/client-ec2";
import { awsError } from "@roadstead/aws-protocol/errors";
import { addresses } from "@roadstead/db/network-tables";
import { ec2Arn } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const disassociateAddress = ec2Operation<DisassociateAddressCommand>(DisassociateAddress$, {
  authorize: ({ ctx }) => ({
    action: "ec2:DisassociateAddress",
    resource: ec2Arn(ctx, "elastic-ip", "*"),
  }),
  async handle({ input, ctx }) {
    const { AssociationId, PublicIp } = input;
    if (!AssociationId && !PublicIp) throw ec2Errors.missing("AssociationId");
    await changeNetwork(ctx, async (tx) => {
      const there = await addresses.all(tx, ctx.scope.id);
      const address = there.find(({ associationId, publicIp }) =>
        AssociationId ? associationId === AssociationId : publicIp === PublicIp && associationId !== null,
      );
      if (!address) {
        const text = `The association ID '${AssociationId ?? PublicIp}' does not exist`;
        throw ec2Errors.notFound("InvalidAssociationID.NotFound", text);
      }
      // A NAT gateway keeps its address for as long as it lives, and nothing else has one.
      const text = "You do not have permission to access the specified resource.";
      throw awsError("AuthFailure", text, 401);
    });
    return {};
  },
});
