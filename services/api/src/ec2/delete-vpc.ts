/** ec2:DeleteVpc. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html */
import { DeleteVpc$, type DeleteVpcCommand } from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import { internetGateways, routeTables, securityGroups, subnets } from "@roadstead/db/network-tables";
import { removeVpc } from "@roadstead/db/networks";
import type { ApiContext } from "../context.ts";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

/** Whether it has more than it was made with. */
async function isUsed(tx: ReadTx, { scope }: ApiContext, vpcId: string): Promise<boolean> {
  const inIt = (row: { readonly vpcId: string | null }) => row.vpcId === vpcId;
  const groups = (await securityGroups.all(tx, scope.id)).filter(inIt);
  return (
    (await subnets.all(tx, scope.id)).some(inIt) ||
    (await internetGateways.all(tx, scope.id)).some(inIt) ||
    (await routeTables.all(tx, scope.id)).filter(inIt).length > 1 ||
    groups.some(({ name }) => name !== "default")
  );
}

export const deleteVpc = ec2Operation<DeleteVpcCommand>(DeleteVpc$, {
  authorize: onOne("DeleteVpc", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      if (await isUsed(tx, ctx, vpc.id)) {
        throw ec2Errors.dependency(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
      }
      await removeVpc(tx, vpc.id);
    });
    return {};
  },
});
