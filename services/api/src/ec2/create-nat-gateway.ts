/** ec2:CreateNatGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html */
import { CreateNatGateway$, type CreateNatGatewayCommand } from "@aws-sdk/client-ec2";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { addressesOfSubnet } from "@roadstead/db/network-interfaces";
import {
  type AddressRow,
  addresses,
  internetGateways,
  mintResourceId,
  type NatGatewayRow,
  natGateways,
  type SubnetRow,
  tokenResourceId,
} from "@roadstead/db/network-tables";
import { containsAddress, formatIpv4, parseCidr, parseIpv4, RESERVED_FIRST } from "@roadstead/model/cidr";
import type { ApiContext } from "../context.ts";
import { making } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { shown } from "./list.ts";
import { natGatewayView } from "./nat-gateway-view.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { NAT_GATEWAYS_MAX } from "./quotas.ts";
import { specifiedTags } from "./tags.ts";

type Input = CreateNatGatewayCommand["input"];

function refuseOthers(input: Input): void {
  if (input.SecondaryAllocationIds?.length || input.SecondaryPrivateIpAddresses?.length) {
    throw ec2Errors.unsupported("A NAT gateway with several addresses");
  }
  if (input.SecondaryPrivateIpAddressCount)
    throw ec2Errors.unsupported("A NAT gateway with several addresses");
  if (input.AvailabilityMode === "regional" || input.VpcId) {
    throw ec2Errors.unsupported("A NAT gateway of several zones");
  }
  if (!input.SubnetId) throw ec2Errors.missing("SubnetId");
}

/** A public one has an address that nothing else has, in a network that has a way out. */
async function addressFor(
  tx: ReadTx,
  ctx: ApiContext,
  subnet: SubnetRow,
  { ConnectivityType, AllocationId }: Input,
): Promise<AddressRow | null> {
  if (ConnectivityType === "private") {
    if (AllocationId) throw ec2Errors.combination("A private NAT gateway has no AllocationId.");
    return null;
  }
  if (!AllocationId) throw ec2Errors.missing("AllocationId");
  const address = await existing(tx, ctx, kinds.address, AllocationId);
  if (address.natGatewayId !== null) {
    throw ec2Errors.alreadyAssociated(`Elastic IP address [${address.id}] is already associated`);
  }
  if (!(await internetGateways.all(tx, ctx.scope.id)).some(({ vpcId }) => vpcId === subnet.vpcId)) {
    throw ec2Errors.notAttached(`Network ${subnet.vpcId} has no Internet gateway attached`);
  }
  return address;
}

/** The one that is asked for, or the first of the subnet that is free. */
async function privateIpFor(
  tx: ReadTx,
  ctx: ApiContext,
  subnet: SubnetRow,
  wanted: string | undefined,
): Promise<string> {
  const nats = await natGateways.all(tx, ctx.scope.id);
  if (nats.length >= NAT_GATEWAYS_MAX) throw ec2Errors.limit("NatGatewayLimitExceeded", "NAT gateways");
  const block = parseCidr(subnet.cidrBlock);
  if (!block) throw new Error(`subnet ${subnet.id} has the block ${subnet.cidrBlock}`);
  const usable = { ...block, first: block.first + RESERVED_FIRST, last: block.last - 1 };
  const ofGateways = nats.filter((nat) => nat.subnetId === subnet.id).map((nat) => nat.privateIp);
  const taken = new Set([...ofGateways, ...(await addressesOfSubnet(tx, subnet.id))]);
  if (wanted !== undefined) {
    const address = parseIpv4(wanted);
    if (address === null || !containsAddress(usable, address)) {
      throw ec2Errors.invalid("privateIpAddress", wanted, "It is not an address of the subnet.");
    }
    if (taken.has(wanted)) throw ec2Errors.addressInUse(wanted);
    return wanted;
  }
  for (let address = usable.first; address <= usable.last; address++) {
    if (!taken.has(formatIpv4(address))) return formatIpv4(address);
  }
  throw ec2Errors.notFound(
    "InsufficientFreeAddressesInSubnet",
    `The subnet ${subnet.id} has no free address.`,
  );
}

/** What the same request made when it came before. */
async function madeBefore(
  tx: ReadTx,
  ctx: ApiContext,
  id: string,
  input: Input,
): Promise<NatGatewayRow | null> {
  const nat = await natGateways.find(tx, ctx.scope.id, id);
  if (!nat) return null;
  const own = (await addresses.all(tx, ctx.scope.id)).find(({ natGatewayId }) => natGatewayId === id);
  const isSame =
    nat.subnetId === input.SubnetId &&
    nat.connectivityType === (input.ConnectivityType ?? "public") &&
    own?.id === input.AllocationId &&
    (input.PrivateIpAddress ?? nat.privateIp) === nat.privateIp;
  if (!isSame) throw ec2Errors.tokenReused();
  return nat;
}

const associate = (tx: WriteTx, address: AddressRow, natGatewayId: string) =>
  addresses.update(tx, address.id, { natGatewayId, associationId: mintResourceId("eipassoc") });

export const createNatGateway = ec2Operation<CreateNatGatewayCommand>(CreateNatGateway$, {
  authorize: making("CreateNatGateway", "natgateway", ({ SubnetId, AllocationId }) => [
    SubnetId,
    AllocationId,
  ]),
  async handle({ input, ctx }) {
    refuseOthers(input);
    const tags = specifiedTags(input.TagSpecifications, "natgateway");
    const connectivityType = input.ConnectivityType ?? "public";
    const { ClientToken } = input;
    const id = ClientToken ? tokenResourceId("nat", ctx.scope.id, ClientToken) : mintResourceId("nat");
    const NatGateway = await changeNetwork(ctx, async (tx) => {
      if (await madeBefore(tx, ctx, id, input)) return shown(tx, ctx, natGatewayView, id);
      const subnet = await existing(tx, ctx, kinds.subnet, input.SubnetId);
      const address = await addressFor(tx, ctx, subnet, input);
      const nat = await natGateways.insert(tx, {
        id,
        scopeId: ctx.scope.id,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivityType,
        networkInterfaceId: mintResourceId("eni"),
        privateIp: await privateIpFor(tx, ctx, subnet, input.PrivateIpAddress),
        tags,
      });
      if (address) await associate(tx, address, nat.id);
      return shown(tx, ctx, natGatewayView, nat.id);
    });
    return { NatGateway, ...(ClientToken ? { ClientToken } : {}) };
  },
});
