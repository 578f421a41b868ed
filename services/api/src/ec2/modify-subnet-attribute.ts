/** ec2:ModifySubnetAttribute. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html */
import { ModifySubnetAttribute$, type ModifySubnetAttributeCommand } from "@aws-sdk/client-ec2";
import { type SubnetRow, subnets } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

/** What is asked for; turning off what nothing here has is no change. */
function changeOf(
  input: ModifySubnetAttributeCommand["input"],
): Partial<Omit<SubnetRow, "id" | "scopeId" | "createdAt">> {
  if (
    input.AssignIpv6AddressOnCreation?.Value ||
    input.EnableDns64?.Value ||
    input.EnableResourceNameDnsAAAARecordOnLaunch?.Value
  ) {
    throw ec2Errors.unsupported("IPv6");
  }
  if (input.MapCustomerOwnedIpOnLaunch?.Value || input.CustomerOwnedIpv4Pool) {
    throw ec2Errors.unsupported("A pool of the customer's own addresses");
  }
  const change = {
    mapPublicIp: input.MapPublicIpOnLaunch?.Value,
    hostnameType: input.PrivateDnsHostnameTypeOnLaunch,
    hostnameRecord: input.EnableResourceNameDnsARecordOnLaunch?.Value,
  };
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw ec2Errors.combination("Exactly one attribute of a subnet is modified at a time.");
  return Object.fromEntries(given);
}

export const modifySubnetAttribute = ec2Operation<ModifySubnetAttributeCommand>(ModifySubnetAttribute$, {
  authorize: onOne("ModifySubnetAttribute", ({ SubnetId }) => [SubnetId]),
  async handle({ input, ctx }) {
    const change = changeOf(input);
    await changeNetwork(ctx, async (tx) => {
      const subnet = await existing(tx, ctx, kinds.subnet, input.SubnetId);
      if (Object.keys(change).length > 0) await subnets.update(tx, subnet.id, change);
    });
    return {};
  },
});
