import { describe, expect, test } from "vitest";
import { BALANCER_SLOTS, balancerAddresses, balancerDnsName } from "./balancer-address.ts";

describe("addresses of load balancers", () => {
  test.each([
    [1, "198.18.64.1", "127.64.0.1"],
    [255, "198.18.64.255", "127.64.0.255"],
    [256, "198.18.65.0", "127.64.1.0"],
    [BALANCER_SLOTS, "198.18.127.254", "127.64.63.254"],
  ])("slot %i is in both pools", (slot, address, loopbackAddress) => {
    expect(balancerAddresses(slot)).toEqual({ address, loopbackAddress });
  });

  test.each([0, -1, 1.5, BALANCER_SLOTS + 1])("slot %d is no load balancer's", (slot) => {
    expect(() => balancerAddresses(slot)).toThrow(RangeError);
  });

  test("a name says whether its balancer is internal, and is one that DNS compares", () => {
    const web = { name: "Web", number: 12, region: "us-east-1", domain: "roadstead.internal" };
    expect(balancerDnsName({ ...web, scheme: "internal" })).toBe(
      "internal-web-12.elb.us-east-1.roadstead.internal",
    );
    expect(balancerDnsName({ ...web, scheme: "internet-facing" })).toBe(
      "web-12.elb.us-east-1.roadstead.internal",
    );
  });
});
