/** Reads the blocks of addresses that VPCs and subnets are asked for with. */
import { type Cidr, parseCidr } from "@roadstead/model/cidr";
import { ec2Errors } from "./errors.ts";

const PREFIX_MIN = 16;
const PREFIX_MAX = 28;

/** Between /16 and /28, as both VPCs and subnets are; `outOfRange` says it in the words of each. */
export function readBlock(text: string | undefined, outOfRange: (cidr: string) => Error): Cidr {
  if (!text) throw ec2Errors.missing("CidrBlock");
  const block = parseCidr(text);
  if (!block) throw ec2Errors.invalid("cidrBlock", text, "This is not a valid CIDR block.");
  if (block.prefixLength < PREFIX_MIN || block.prefixLength > PREFIX_MAX) throw outOfRange(text);
  return block;
}

/** Nothing here has IPv6, and nobody gives out blocks. */
export function refuseOtherBlocks(input: {
  readonly AmazonProvidedIpv6CidrBlock?: boolean | undefined;
  readonly Ipv4IpamPoolId?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6IpamPoolId?: string | undefined;
  readonly Ipv6Pool?: string | undefined;
}): void {
  if (input.AmazonProvidedIpv6CidrBlock || input.Ipv6CidrBlock || input.Ipv6Pool || input.Ipv6IpamPoolId) {
    throw ec2Errors.unsupported("IPv6");
  }
  if (input.Ipv4IpamPoolId) throw ec2Errors.unsupported("A block from an IPAM pool");
}
