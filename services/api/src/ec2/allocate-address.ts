/** ec2:AllocateAddress. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html */
import { AllocateAddress$, type AllocateAddressCommand } from "@aws-sdk/client-ec2";
import { addresses, mintResourceId } from "@roadstead/db/network-tables";
import { formatIpv4, parseCidr } from "@roadstead/model/cidr";
import { making } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { ADDRESSES_MAX } from "./quotas.ts";
import { specifiedTags } from "./tags.ts";

/** Kept for documentation and routed nowhere, as nothing here gets an address of the Internet. */
const BLOCK = "203.0.113.0/24";
const ADDRESSES: readonly string[] = Array.from({ length: ADDRESSES_MAX }, (_, index) =>
  formatIpv4((parseCidr(BLOCK)?.first ?? 0) + 1 + index),
);

export const allocateAddress = ec2Operation<AllocateAddressCommand>(AllocateAddress$, {
  authorize: making("AllocateAddress", "elastic-ip"),
  async handle({ input, ctx }) {
    if (input.Domain === "standard") throw ec2Errors.invalid("domain", "standard", "It must be vpc.");
    if (input.Address || input.CustomerOwnedIpv4Pool || input.IpamPoolId) {
      throw ec2Errors.unsupported("An address of the caller's choice");
    }
    if (input.PublicIpv4Pool && input.PublicIpv4Pool !== "amazon") {
      throw ec2Errors.unsupported(`The pool '${input.PublicIpv4Pool}'`);
    }
    const tags = specifiedTags(input.TagSpecifications, "elastic-ip");
    const { id, publicIp } = await changeNetwork(ctx, async (tx) => {
      const taken = new Set((await addresses.all(tx, ctx.scope.id)).map((address) => address.publicIp));
      const free = ADDRESSES.find((address) => !taken.has(address));
      if (!free) throw ec2Errors.limit("AddressLimitExceeded", "addresses");
      const row = { id: mintResourceId("eipalloc"), scopeId: ctx.scope.id, publicIp: free, tags };
      return addresses.insert(tx, { ...row, associationId: null, natGatewayId: null });
    });
    return {
      AllocationId: id,
      PublicIp: publicIp,
      PublicIpv4Pool: "amazon",
      NetworkBorderGroup: ctx.scope.region,
      Domain: "vpc",
    };
  },
});
