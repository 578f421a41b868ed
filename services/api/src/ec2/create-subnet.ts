/** ec2:CreateSubnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html */
import { CreateSubnet$, type CreateSubnetCommand } from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import { mintResourceId, subnets, type VpcRow } from "@roadstead/db/network-tables";
import { availabilityZones } from "@roadstead/model/availability-zone";
import { type Cidr, containsCidr, formatCidr, overlaps, parseCidr } from "@roadstead/model/cidr";
import type { ApiContext } from "../context.ts";
import { making } from "./allowed.ts";
import { readBlock, refuseOtherBlocks } from "./blocks.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { shown } from "./list.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import { SUBNETS_PER_VPC_MAX } from "./quotas.ts";
import { subnetView } from "./subnet-view.ts";
import { specifiedTags } from "./tags.ts";

/** By its name or its id; the first when nobody says. */
function zoneOf({ scope }: ApiContext, name: string | undefined, id: string | undefined): string {
  const zones = availabilityZones(scope.region);
  const zone = zones.find((known) => (name ? known.name === name : id ? known.id === id : true));
  if (zone) return zone.name;
  const known = zones.map((one) => one.name).join(", ");
  throw ec2Errors.invalid(
    "availabilityZone",
    name ?? id,
    `Subnets can currently only be created in the following availability zones: ${known}.`,
  );
}

async function checkRoom(tx: ReadTx, ctx: ApiContext, vpc: VpcRow, block: Cidr): Promise<void> {
  const whole = parseCidr(vpc.cidrBlock);
  if (!whole || !containsCidr(whole, block)) throw ec2Errors.subnetRange(formatCidr(block));
  const others = (await subnets.all(tx, ctx.scope.id)).filter(({ vpcId }) => vpcId === vpc.id);
  if (others.length >= SUBNETS_PER_VPC_MAX)
    throw ec2Errors.limit("SubnetLimitExceeded", "subnets in this VPC");
  const conflict = others.some(({ cidrBlock }) => {
    const other = parseCidr(cidrBlock);
    return other !== null && overlaps(other, block);
  });
  if (conflict) throw ec2Errors.subnetConflict(formatCidr(block));
}

export const createSubnet = ec2Operation<CreateSubnetCommand>(CreateSubnet$, {
  authorize: making("CreateSubnet", "subnet", ({ VpcId }) => [VpcId]),
  async handle({ input, ctx }) {
    refuseOtherBlocks(input);
    if (input.Ipv6Native) throw ec2Errors.unsupported("IPv6");
    if (input.OutpostArn) throw ec2Errors.unsupported("An outpost");
    const availabilityZone = zoneOf(ctx, input.AvailabilityZone, input.AvailabilityZoneId);
    const tags = specifiedTags(input.TagSpecifications, "subnet");
    const block = readBlock(input.CidrBlock, ec2Errors.subnetRange);
    const Subnet = await changeNetwork(ctx, async (tx) => {
      const vpc = await existing(tx, ctx, kinds.vpc, input.VpcId);
      await checkRoom(tx, ctx, vpc, block);
      const subnet = await subnets.insert(tx, {
        id: mintResourceId("subnet"),
        scopeId: ctx.scope.id,
        vpcId: vpc.id,
        cidrBlock: formatCidr(block),
        availabilityZone,
        isDefault: false,
        mapPublicIp: false,
        hostnameType: "ip-name",
        hostnameRecord: false,
        tags,
      });
      return shown(tx, ctx, subnetView, subnet.id);
    });
    return { Subnet };
  },
});
