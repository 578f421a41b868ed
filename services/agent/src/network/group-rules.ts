/**
 * Decides the packet filter's rules that security groups come to for the tasks of this agent: text for `iptables-restore
 * --noflush`, which takes it whole or not at all. What no rule lets through is dropped; answers to what was let through pass.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
import { contains } from "./range-collision.ts";
import type { GroupRule, VpcGroups } from "./read-groups.ts";

export interface Held {
  readonly address: string;
  readonly vpcId: string;
}

export interface RulesInput {
  /** Of this agent's chains alone. */
  readonly prefix: string;
  readonly held: readonly Held[];
  readonly vpcs: readonly VpcGroups[];
  /** Chains of that prefix that are there now. */
  readonly chains: readonly string[];
}

const ANYWHERE = "0.0.0.0/0";
/** Of the machine, and no part of any network: names and credentials, which AWS's groups do not hold back either. */
const LINK_LOCAL = "169.254.170.2/32";
const NUMBERS: Readonly<Record<string, string>> = { "1": "icmp", "6": "tcp", "17": "udp" };

/** To which packets are sent from the kernel's own chains. */
export const mainChain = (prefix: string): string => prefix;

export function rulesText({ prefix, held, vpcs, chains }: RulesInput): string {
  const sets = groupSets(held, vpcs);
  const main = mainChain(prefix);
  const own = sets.flatMap((set, index) => [
    { name: `${prefix}-I-${index}`, lines: rulesOf(set, false) },
    { name: `${prefix}-E-${index}`, lines: rulesOf(set, true) },
  ]);
  const perTask = sets.flatMap(({ addresses }, index) =>
    addresses.flatMap((address) => [
      `-A ${main} -s ${address}/32 -j ${prefix}-E-${index}`,
      `-A ${main} -d ${address}/32 -j ${prefix}-I-${index}`,
    ]),
  );
  const wanted = held.length > 0 ? [main, ...own.map(({ name }) => name)] : [];
  const stale = chains.filter((name) => !wanted.includes(name));
  return [
    "*filter",
    // Naming a chain empties it.
    ...[...wanted, ...stale].map((name) => `:${name} - [0:0]`),
    ...(held.length > 0
      ? [
          `-A ${main} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
          `-A ${main} -d ${LINK_LOCAL} -j RETURN`,
        ]
      : []),
    ...perTask,
    ...own.flatMap(({ name, lines }) => [
      ...lines.map((line) => `-A ${name} ${line}-j RETURN`),
      `-A ${name} -j DROP`,
    ]),
    ...stale.map((name) => `-X ${name}`),
    "COMMIT",
    "",
  ].join("\n");
}

interface GroupSet {
  readonly vpc: VpcGroups | undefined;
  readonly groupIds: readonly string[];
  readonly addresses: readonly string[];
}

/** Tasks of the same groups share their chains. One that no message has named yet is in no group. */
function groupSets(held: readonly Held[], vpcs: readonly VpcGroups[]): readonly GroupSet[] {
  const sets = new Map<string, GroupSet>();
  // In an order of their own, so that the same tasks come to the same rules.
  const inOrder = held.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  for (const { address, vpcId } of inOrder) {
    const vpc = vpcs.find((one) => one.vpcId === vpcId);
    const member = vpc?.members.find((one) => one.address === address);
    const groupIds = [...new Set(member?.groupIds)].sort();
    const key = [vpcId, ...groupIds].join(" ");
    const known = sets.get(key);
    sets.set(key, { vpc, groupIds, addresses: [...(known?.addresses ?? []), address] });
  }
  return [...sets.values()];
}

function rulesOf({ vpc, groupIds }: GroupSet, egress: boolean): readonly string[] {
  if (!vpc) return [];
  const rules = vpc.groups
    .filter(({ id }) => groupIds.includes(id))
    .flatMap((group) => group.rules)
    .filter((rule) => rule.egress === egress);
  const lines = rules.flatMap((rule) =>
    peersOf(rule, vpc).map((peer) => `${egress ? "-d" : "-s"} ${peer} ${matchOf(rule)}`),
  );
  return [
    ...new Set(lines.map((line) => line.replace(`-d ${ANYWHERE} `, "").replace(`-s ${ANYWHERE} `, ""))),
  ];
}

/** Load balancers have addresses outside of their VPC; a rule for all of the VPC is for them too. */
function peersOf(rule: GroupRule, vpc: VpcGroups): readonly string[] {
  if (rule.groupId) {
    const { groupId } = rule;
    return vpc.members
      .filter(({ groupIds }) => groupIds.includes(groupId))
      .map(({ address }) => `${address}/32`);
  }
  if (!rule.cidr) return [];
  const outside = vpc.members.filter(({ address }) => !contains(vpc.cidr, address));
  const isWhole = rule.cidr !== ANYWHERE && contains(rule.cidr, vpc.cidr);
  return [rule.cidr, ...(isWhole ? outside.map(({ address }) => `${address}/32`) : [])];
}

/** Ends in a blank unless it is empty. */
function matchOf({ protocol, fromPort, toPort }: GroupRule): string {
  const name = NUMBERS[protocol] ?? protocol;
  if (name === "-1") return "";
  if (name === "icmp") {
    if (fromPort < 0) return "-p icmp ";
    return `-p icmp -m icmp --icmp-type ${fromPort}${toPort < 0 ? "" : `/${toPort}`} `;
  }
  if (name !== "tcp" && name !== "udp") return `-p ${name} `;
  const isEvery = fromPort < 0 || (fromPort === 0 && toPort === 65_535);
  return isEvery ? `-p ${name} ` : `-p ${name} -m ${name} --dport ${fromPort}:${toPort} `;
}

/** Of what `iptables-save` says. */
export const chainsOf = (saved: string, prefix: string): readonly string[] =>
  saved.split("\n").flatMap((line) => {
    const [, name] = /^:(\S+) /.exec(line) ?? [];
    return name === prefix || name?.startsWith(`${prefix}-`) ? [name] : [];
  });
