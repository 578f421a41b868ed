/** ec2:ReleaseAddress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html */
import { ReleaseAddress$, type ReleaseAddressCommand } from "@aws-sdk/client-ec2";
import { addresses } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const releaseAddress = ec2Operation<ReleaseAddressCommand>(ReleaseAddress$, {
  authorize: onOne("ReleaseAddress", ({ AllocationId }) => [AllocationId]),
  async handle({ input, ctx }) {
    if (!input.AllocationId) throw ec2Errors.missing("AllocationId");
    await changeNetwork(ctx, async (tx) => {
      const address = await existing(tx, ctx, kinds.address, input.AllocationId);
      if (address.natGatewayId !== null) throw ec2Errors.addressInUse(address.publicIp);
      await addresses.remove(tx, address.id);
    });
    return {};
  },
});
