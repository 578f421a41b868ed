import { expect, test } from "vitest";
import { collisionOf, contains, rangeOf } from "./range-collision.ts";

const own = { network: "roadstead-vpc-1", bridge: "rs-1" };
const network = (name: string, ...subnets: string[]) => ({ name, subnets, labels: {} });
const nothing = { routes: [], networks: [] };

test.each([
  [
    "10.0.0.0/16",
    { ...nothing, networks: [network("bridge", "172.17.0.0/16"), network("six", "fd00::/64")] },
  ],
  ["10.0.0.0/16", { ...nothing, routes: [{ dst: "default", gateway: "192.0.2.1", dev: "eth0" }] }],
  ["10.0.0.0/16", { ...nothing, routes: [{ dst: "10.1.0.0/16", dev: "eth1" }] }],
  // Its own, which is there already.
  ["10.0.0.0/16", { ...nothing, networks: [network(own.network, "10.0.0.0/16")] }],
  ["10.0.0.0/16", { ...nothing, routes: [{ dst: "10.0.0.0/16", dev: own.bridge }] }],
])("the range %s is free where nothing else overlaps it", (cidr, machine) => {
  expect(collisionOf(cidr, own, machine)).toBeNull();
});

test.each([
  [
    { ...nothing, networks: [network("shop_default", "10.0.128.0/20")] },
    "it overlaps 10.0.128.0/20 of the engine's network shop_default",
  ],
  [
    { ...nothing, networks: [network("roadstead-vpc-2", "10.0.0.0/8")] },
    "it overlaps 10.0.0.0/8 of the engine's network roadstead-vpc-2",
  ],
  [
    { ...nothing, routes: [{ dst: "10.0.0.0/8", gateway: "192.0.2.9", dev: "eth0" }] },
    "it overlaps 10.0.0.0/8, to which this machine has a route by 192.0.2.9 on eth0",
  ],
  [
    { ...nothing, routes: [{ dst: "10.0.255.255", dev: "tun0" }] },
    "it overlaps 10.0.255.255, to which this machine has a route on tun0",
  ],
])("a range that something has is refused, and what has it is named", (machine, reason) => {
  expect(collisionOf("10.0.0.0/16", own, machine)).toBe(reason);
});

test("what is no range has no addresses", () => {
  for (const text of ["", "fd00::/8", "10.0.0.0/33", "256.0.0.0/8", "10.0.0"]) {
    expect(rangeOf(text)).toBeNull();
    expect(contains("0.0.0.0/0", text)).toBe(false);
  }
  expect(rangeOf("255.255.255.255")).toEqual({ first: 2 ** 32 - 1, last: 2 ** 32 - 1 });
});
