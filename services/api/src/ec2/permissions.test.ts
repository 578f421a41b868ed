import { describe, expect, test } from "vitest";
import { readPermissions, ruleText, trafficOf } from "./permissions.ts";

const IpRanges = [{ CidrIp: "10.0.0.0/8" }];

describe("a permission", () => {
  test("is as many rules as it has peers, each with the same traffic", () => {
    const rules = readPermissions([
      {
        IpProtocol: "6",
        FromPort: 80,
        ToPort: 81,
        IpRanges: [{ CidrIp: "10.1.2.3/8", Description: "inside" }],
        Ipv6Ranges: [{ CidrIpv6: "2001:DB8::/32" }],
        UserIdGroupPairs: [{ GroupId: "sg-0a" }],
      },
    ]);
    const traffic = { protocol: "tcp", fromPort: 80, toPort: 81 };
    const none = { cidrIpv4: null, cidrIpv6: null, referencedGroupId: null, description: null };
    expect(rules).toEqual([
      { ...traffic, ...none, cidrIpv4: "10.0.0.0/8", description: "inside" },
      { ...traffic, ...none, cidrIpv6: "2001:db8::/32" },
      { ...traffic, ...none, referencedGroupId: "sg-0a" },
    ]);
    expect(rules.map(ruleText)[0]).toBe("peer: 10.0.0.0/8, TCP, from port: 80, to port: 81, ALLOW");
  });

  test.each([
    [{ IpProtocol: "-1", FromPort: 5, ToPort: 6 }, ["-1", -1, -1]],
    [{ IpProtocol: "all" }, ["-1", -1, -1]],
    [{ IpProtocol: "TCP", FromPort: 0, ToPort: 65_535 }, ["tcp", 0, 65_535]],
    [{ IpProtocol: "17", FromPort: 53, ToPort: 53 }, ["udp", 53, 53]],
    [{ IpProtocol: "icmp", FromPort: 8, ToPort: 0 }, ["icmp", 8, 0]],
    [{ IpProtocol: "58" }, ["icmpv6", -1, -1]],
    [{ IpProtocol: "50" }, ["50", -1, -1]],
  ])("of %j is %j", (permission, [protocol, fromPort, toPort]) => {
    expect(trafficOf(permission)).toEqual({ protocol, fromPort, toPort });
  });

  test.each([
    [{ IpProtocol: "tcp", IpRanges }, "Must specify both from and to ports"],
    [{ IpProtocol: "tcp", FromPort: 2, ToPort: 1, IpRanges }, "Invalid TCP/UDP port range"],
    [{ IpProtocol: "udp", FromPort: 0, ToPort: 65_536, IpRanges }, "Invalid value '65536' for port"],
    [{ IpProtocol: "256", IpRanges }, "Unknown IP protocol"],
    [{ IpProtocol: "-1" }, "must contain the parameter IpRanges"],
    [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0" }] }, "CIDR block 10.0.0.0 is malformed"],
    [{ IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "::/129" }] }, "CIDR block ::/129 is malformed"],
    [
      { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "a|b" }] },
      "Invalid rule description",
    ],
    [
      { IpProtocol: "-1", PrefixListIds: [{ PrefixListId: "pl-1" }] },
      "The prefix list ID 'pl-1' does not exist",
    ],
    [{ IpRanges }, "must contain the parameter IpProtocol"],
  ])("%j is refused: %s", (permission, text) => {
    expect(() => readPermissions([permission])).toThrow(text);
  });
});
