/** Reads what security groups are told to let through: EC2's permissions, rule by rule, each with one peer. */
import { isIPv6 } from "node:net";
import type { IpPermission } from "@aws-sdk/client-ec2";
import { formatCidr, parseCidr } from "@roadstead/model/cidr";
import { ec2Errors } from "./errors.ts";

/** Of whom and of what a rule is. */
export interface RuleMatch {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrIpv4: string | null;
  readonly cidrIpv6: string | null;
  readonly referencedGroupId: string | null;
}

export interface WantedRule extends RuleMatch {
  readonly description: string | null;
}

const PORT_MAX = 65_535;
const PROTOCOL_MAX = 255;
const IPV6_BITS = 128;
const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;
const NAMES: Readonly<Record<string, string>> = {
  "1": "icmp",
  "6": "tcp",
  "17": "udp",
  "58": "icmpv6",
  all: "-1",
};
const PORTED = new Set(["tcp", "udp"]);
const ICMP = new Set(["icmp", "icmpv6"]);

export const readPermissions = (permissions: readonly IpPermission[]): readonly WantedRule[] =>
  permissions.flatMap((permission) => {
    const traffic = trafficOf(permission);
    const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission;
    if (PrefixListIds.length > 0) throw noPrefixList(PrefixListIds[0]?.PrefixListId);
    const rules = [
      ...IpRanges.map(({ CidrIp, Description }) => ({
        ...peerOf({ cidrIpv4: CidrIp }),
        description: Description,
      })),
      ...Ipv6Ranges.map(({ CidrIpv6, Description }) => ({
        ...peerOf({ cidrIpv6: CidrIpv6 }),
        description: Description,
      })),
      ...UserIdGroupPairs.map(({ GroupId, Description }) => ({
        ...peerOf({ groupId: GroupId }),
        description: Description,
      })),
    ];
    if (rules.length === 0) throw ec2Errors.missing("IpRanges");
    return rules.map((rule) => ({ ...traffic, ...rule, description: readDescription(rule.description) }));
  });

export const noPrefixList = (id: string | undefined) =>
  ec2Errors.notFound("InvalidPrefixListId.NotFound", `The prefix list ID '${id}' does not exist`);

interface Traffic {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
}

/** Ports are of TCP and UDP, types and codes of ICMP; everything else has neither. */
export function trafficOf({
  IpProtocol,
  FromPort,
  ToPort,
}: Traffic): Pick<RuleMatch, "protocol" | "fromPort" | "toPort"> {
  if (!IpProtocol) throw ec2Errors.missing("IpProtocol");
  const lower = IpProtocol.toLowerCase();
  const protocol = NAMES[lower] ?? lower;
  if (PORTED.has(protocol)) return { protocol, ...portsOf(FromPort, ToPort) };
  if (ICMP.has(protocol)) return { protocol, fromPort: FromPort ?? -1, toPort: ToPort ?? -1 };
  const known = protocol === "-1" || (/^[0-9]{1,3}$/.test(protocol) && Number(protocol) <= PROTOCOL_MAX);
  if (!known) throw ec2Errors.invalid("IpProtocol", IpProtocol, "Unknown IP protocol.");
  return { protocol, fromPort: -1, toPort: -1 };
}

function portsOf(from: number | undefined, to: number | undefined) {
  if (from === undefined || to === undefined) {
    throw ec2Errors.refused("Must specify both from and to ports with TCP/UDP.");
  }
  const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port <= PORT_MAX;
  if (!isPort(from) || !isPort(to)) {
    throw ec2Errors.refused(
      `Invalid value '${isPort(from) ? to : from}' for port. Must be between 0 and 65535.`,
    );
  }
  if (from > to) throw ec2Errors.refused("Invalid TCP/UDP port range.");
  return { fromPort: from, toPort: to };
}

export function peerOf(peer: {
  readonly cidrIpv4?: string | undefined;
  readonly cidrIpv6?: string | undefined;
  readonly groupId?: string | undefined;
}): Pick<RuleMatch, "cidrIpv4" | "cidrIpv6" | "referencedGroupId"> {
  const none = { cidrIpv4: null, cidrIpv6: null, referencedGroupId: null };
  if (peer.cidrIpv4 !== undefined) return { ...none, cidrIpv4: ipv4Of(peer.cidrIpv4) };
  if (peer.cidrIpv6 !== undefined) return { ...none, cidrIpv6: ipv6Of(peer.cidrIpv6) };
  if (!peer.groupId) throw ec2Errors.missing("GroupId");
  return { ...none, referencedGroupId: peer.groupId };
}

function ipv4Of(text: string): string {
  const block = parseCidr(text);
  if (!block) throw ec2Errors.refused(`CIDR block ${text} is malformed`);
  return formatCidr(block);
}

function ipv6Of(text: string): string {
  const [address = "", length = "", ...rest] = text.split("/");
  if (!isIPv6(address) || !/^[0-9]{1,3}$/.test(length) || Number(length) > IPV6_BITS || rest.length > 0) {
    throw ec2Errors.refused(`CIDR block ${text} is malformed`);
  }
  return text.toLowerCase();
}

export function readDescription(text: string | undefined): string | null {
  if (!text) return null;
  if (!DESCRIPTION.test(text)) {
    throw ec2Errors.refused(
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  }
  return text;
}

export const isSameRule = (a: RuleMatch, b: RuleMatch): boolean =>
  a.protocol === b.protocol &&
  a.fromPort === b.fromPort &&
  a.toPort === b.toPort &&
  a.cidrIpv4 === b.cidrIpv4 &&
  a.cidrIpv6 === b.cidrIpv6 &&
  a.referencedGroupId === b.referencedGroupId;

/** As EC2's errors write a rule. */
export function ruleText({
  protocol,
  fromPort,
  toPort,
  cidrIpv4,
  cidrIpv6,
  referencedGroupId,
}: RuleMatch): string {
  const peer = `peer: ${cidrIpv4 ?? cidrIpv6 ?? referencedGroupId}`;
  if (protocol === "-1") return `${peer}, ALL, ALLOW`;
  return `${peer}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
}
