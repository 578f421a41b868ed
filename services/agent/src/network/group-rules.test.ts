import { expect, test } from "vitest";
import { chainsOf, rulesText } from "./group-rules.ts";
import { type GroupRule, readGroups, type VpcGroups } from "./read-groups.ts";

const every = { protocol: "-1", fromPort: -1, toPort: -1 };
const vpc = (over: Partial<VpcGroups>): VpcGroups => ({
  vpcId: "vpc-1",
  cidr: "10.0.0.0/16",
  members: [],
  groups: [],
  ...over,
});
const held = [{ address: "10.0.0.4", vpcId: "vpc-1" }];

/** What one task of the group accepts. */
function lines(rules: readonly GroupRule[], members: VpcGroups["members"] = []): readonly string[] {
  const given = vpc({
    members: [{ address: "10.0.0.4", groupIds: ["sg-1"] }, ...members],
    groups: [{ id: "sg-1", rules: [...rules] }],
  });
  return rulesText({ prefix: "RS-a", held, vpcs: [given], chains: [] })
    .split("\n")
    .filter((line) => /^-A RS-a-[IE]-0 .*RETURN/.test(line));
}

test.each<[GroupRule, string]>([
  [
    { egress: false, protocol: "tcp", fromPort: 80, toPort: 81, cidr: "0.0.0.0/0" },
    "I-0 -p tcp -m tcp --dport 80:81",
  ],
  [
    { egress: false, protocol: "udp", fromPort: 53, toPort: 53, cidr: "10.1.0.0/16" },
    "I-0 -s 10.1.0.0/16 -p udp -m udp --dport 53:53",
  ],
  [{ egress: true, ...every, cidr: "0.0.0.0/0" }, "E-0"],
  [
    { egress: true, protocol: "6", fromPort: 0, toPort: 65_535, cidr: "10.9.0.0/16" },
    "E-0 -d 10.9.0.0/16 -p tcp",
  ],
  [
    { egress: false, protocol: "icmp", fromPort: 8, toPort: -1, cidr: "0.0.0.0/0" },
    "I-0 -p icmp -m icmp --icmp-type 8",
  ],
  [
    { egress: false, protocol: "1", fromPort: 3, toPort: 4, cidr: "0.0.0.0/0" },
    "I-0 -p icmp -m icmp --icmp-type 3/4",
  ],
  [{ egress: false, protocol: "icmp", fromPort: -1, toPort: -1, cidr: "0.0.0.0/0" }, "I-0 -p icmp"],
  [{ egress: false, protocol: "47", fromPort: -1, toPort: -1, cidr: "0.0.0.0/0" }, "I-0 -p 47"],
])("a rule comes to what the packet filter calls it: %j", (rule, expected) => {
  expect(lines([rule])).toEqual([`-A RS-a-${expected} -j RETURN`]);
});

test("a rule for a group is for each of its members, wherever they are", () => {
  const members = [
    { address: "10.0.0.5", groupIds: ["sg-2"] },
    { address: "198.18.64.1", groupIds: ["sg-2", "sg-3"] },
    { address: "10.0.0.6", groupIds: ["sg-3"] },
  ];
  expect(lines([{ egress: false, ...every, groupId: "sg-2" }], members)).toEqual([
    "-A RS-a-I-0 -s 10.0.0.5/32 -j RETURN",
    "-A RS-a-I-0 -s 198.18.64.1/32 -j RETURN",
  ]);
});

test("a rule for the whole VPC is for its load balancers too, and one for a part of it is not", () => {
  const members = [{ address: "198.18.64.1", groupIds: ["sg-2"] }];
  const rule = { egress: false, ...every };
  expect(lines([{ ...rule, cidr: "10.0.0.0/16" }], members)).toHaveLength(2);
  expect(lines([{ ...rule, cidr: "10.0.0.0/24" }], members)).toHaveLength(1);
});

test("what no rule lets through is dropped, both ways, also for a task that nobody named yet", () => {
  for (const vpcs of [
    [],
    [vpc({ groups: [{ id: "sg-1", rules: [{ egress: true, ...every, cidr: "0.0.0.0/0" }] }] })],
  ]) {
    expect(rulesText({ prefix: "RS-a", held, vpcs, chains: [] })).toBe(
      [
        "*filter",
        ":RS-a - [0:0]",
        ":RS-a-I-0 - [0:0]",
        ":RS-a-E-0 - [0:0]",
        "-A RS-a -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        "-A RS-a -d 169.254.170.2/32 -j RETURN",
        "-A RS-a -s 10.0.0.4/32 -j RS-a-E-0",
        "-A RS-a -d 10.0.0.4/32 -j RS-a-I-0",
        "-A RS-a-I-0 -j DROP",
        "-A RS-a-E-0 -j DROP",
        "COMMIT",
        "",
      ].join("\n"),
    );
  }
});

test("tasks of the same groups share their chains, and chains that are not needed any more go with the same change", () => {
  const members = ["10.0.0.4", "10.0.0.5"].map((address) => ({ address, groupIds: ["sg-1"] }));
  const both = members.map(({ address }) => ({ address, vpcId: "vpc-1" }));
  const text = rulesText({
    prefix: "RS-a",
    held: both,
    vpcs: [vpc({ members })],
    chains: ["RS-a", "RS-a-I-0", "RS-a-E-0", "RS-a-I-1"],
  });
  expect(text.match(/ -j RS-a-I-0$/gm)).toHaveLength(2);
  expect(text).toContain("-X RS-a-I-1\nCOMMIT");
  expect(text.match(/^-X/gm)).toHaveLength(1);
  const last = rulesText({ prefix: "RS-a", held: [], vpcs: [], chains: ["RS-a", "RS-a-I-0"] });
  expect(last).toBe("*filter\n:RS-a - [0:0]\n:RS-a-I-0 - [0:0]\n-X RS-a\n-X RS-a-I-0\nCOMMIT\n");
});

test("an agent's chains are told from all others", () => {
  const saved = ":INPUT ACCEPT [1:2]\n:RS-a - [0:0]\n:RS-a-I-0 - [0:0]\n:RS-ab - [0:0]\n-A RS-a -j DROP\n";
  expect(chainsOf(saved, "RS-a")).toEqual(["RS-a", "RS-a-I-0"]);
});

test("a message that could smuggle in words of the packet filter's is unreadable", () => {
  const rule = { egress: false, protocol: "tcp", fromPort: 1, toPort: 1, cidr: "10.0.0.0/8" };
  const of = (over: object) => ({
    vpcs: [{ ...vpc({}), groups: [{ id: "sg-1", rules: [{ ...rule, ...over }] }] }],
  });
  expect(readGroups(of({}))).toHaveLength(1);
  for (const over of [{ cidr: "10.0.0.0/8 -j ACCEPT" }, { protocol: "tcp -j ACCEPT" }, { fromPort: "1" }]) {
    expect(readGroups(of(over))).toBeNull();
  }
  expect(readGroups({ vpcs: [vpc({ members: [{ address: "10.0.0.1\n-F", groupIds: [] }] })] })).toBeNull();
});
