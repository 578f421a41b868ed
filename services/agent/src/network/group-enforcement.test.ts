import { createLogger } from "@roadstead/service-kit/log";
import { expect, test } from "vitest";
import type { Filter } from "./filter.ts";
import { openGroupEnforcement } from "./group-enforcement.ts";
import type { GroupRule, VpcGroups } from "./read-groups.ts";

const log = createLogger({ service: "agent", level: "silent" });
const HELD = { address: "10.0.0.7", vpcId: "vpc-1" };
const OUT: GroupRule = {
  egress: true,
  protocol: "-1",
  fromPort: -1,
  toPort: -1,
  cidr: "0.0.0.0/0",
};

/** Keeps what it was last given. */
function aFilter() {
  const written: string[] = [];
  const now = { text: "", isBroken: false };
  const filter: Filter = {
    save: async () => now.text,
    async restore(text) {
      if (now.isBroken) throw new Error("iptables-restore: no");
      written.push(text);
      now.text = text;
    },
    change: async () => undefined,
    routes: async () => [],
  };
  return { filter, written, now };
}

const vpcs = (members: readonly string[], rules: readonly GroupRule[] = [OUT]): readonly VpcGroups[] => [
  {
    vpcId: "vpc-1",
    cidr: "10.0.0.0/16",
    members: members.map((address) => ({ address, groupIds: ["sg-1"] })),
    groups: [{ id: "sg-1", rules: [...rules] }],
  },
];

const open = ({ filter }: ReturnType<typeof aFilter>, lookEveryMs = 60_000) =>
  openGroupEnforcement({
    ...{ filter, log, agent: "/agent", lookEveryMs },
    load: async () => [],
    save: async () => undefined,
  });

test("what says nothing new of this agent's tasks is not written again; what does, is", async () => {
  const host = aFilter();
  const groups = await open(host);
  await groups.take(vpcs([HELD.address]));
  await groups.protect(HELD);
  expect(host.written).toHaveLength(1);
  await groups.take(vpcs([HELD.address, "10.0.0.8"]));
  await groups.protect(HELD);
  expect(host.written).toHaveLength(1);
  await groups.take(vpcs([HELD.address], []));
  await expect.poll(() => host.written.length).toBe(2);
  await groups.close();
});

test("rules that somebody flushed come back though nothing changed", async () => {
  const host = aFilter();
  const groups = await open(host, 10);
  await groups.take(vpcs([HELD.address]));
  await groups.protect(HELD);
  host.now.text = "";
  await expect.poll(() => host.now.text).toContain("10.0.0.7/32");
  await groups.close();
});

test("rules that could not be written are written by the next who needs them, and by the next look", async () => {
  const host = aFilter();
  const groups = await open(host, 10);
  await groups.take(vpcs([HELD.address]));
  host.now.isBroken = true;
  await expect(groups.protect(HELD)).rejects.toThrow("iptables-restore: no");
  host.now.isBroken = false;
  await groups.protect(HELD);
  host.now.isBroken = true;
  await groups.take(vpcs([HELD.address], []));
  const before = host.written.length;
  host.now.isBroken = false;
  await expect.poll(() => host.written.length).toBeGreaterThan(before);
  expect(host.now.text).not.toContain("0.0.0.0/0");
  await groups.close();
});
