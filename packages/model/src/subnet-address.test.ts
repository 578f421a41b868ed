import { describe, expect, it } from "vitest";
import { chooseAddress, freeAddress, type SubnetUse } from "./subnet-address.ts";

const first = () => 0;
const last = () => 0.999;

const subnet = (id: string, use: Partial<SubnetUse> = {}): SubnetUse => ({
  id,
  cidrBlock: "10.0.0.0/28",
  taken: new Set(),
  byGroup: new Map(),
  ...use,
});

describe("freeAddress", () => {
  it("gives neither the first four addresses nor the last", () => {
    expect(freeAddress("10.0.0.0/28", new Set(), first)).toBe("10.0.0.4");
    expect(freeAddress("10.0.0.0/28", new Set(), last)).toBe("10.0.0.14");
  });

  it("gives every other address exactly once, wherever it begins", () => {
    for (const random of [first, last, () => 0.5]) {
      const taken = new Set<string>();
      for (let address = ""; ; taken.add(address)) {
        const next = freeAddress("10.0.0.0/28", taken, random);
        if (next === null) break;
        expect(taken.has(next)).toBe(false);
        address = next;
      }
      expect(taken.size).toBe(11);
    }
  });
});

describe("chooseAddress", () => {
  it("spreads a group over its subnets before it looks at how full they are", () => {
    const a = subnet("a", { byGroup: new Map([["service:web", 1]]) });
    const b = subnet("b", { taken: new Set(["10.0.0.4", "10.0.0.5"]), byGroup: new Map([["other", 2]]) });
    expect(chooseAddress([a, b], "service:web", first)).toEqual({ subnetId: "b", privateIp: "10.0.0.6" });
    expect(chooseAddress([a, b], "other", first)).toEqual({ subnetId: "a", privateIp: "10.0.0.4" });
  });

  it("passes a full subnet over, and gives nothing when all are full", () => {
    const addresses = Array.from({ length: 11 }, (_, n) => `10.0.0.${n + 4}`);
    const full = subnet("full", { taken: new Set(addresses) });
    const used = subnet("used", { byGroup: new Map([["service:web", 5]]) });
    expect(chooseAddress([full, used], "service:web", first)?.subnetId).toBe("used");
    expect(chooseAddress([full], "service:web", first)).toBeNull();
  });
});
