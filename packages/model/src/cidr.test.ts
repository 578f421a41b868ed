import { describe, expect, test } from "vitest";
import {
  addressCount,
  blockOf,
  containsAddress,
  containsCidr,
  formatCidr,
  formatIpv4,
  overlaps,
  parseCidr,
  parseIpv4,
} from "./cidr.ts";

const cidr = (text: string) => {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} is no block`);
  return parsed;
};

describe("addresses", () => {
  test.each(["0.0.0.0", "10.0.0.1", "172.31.255.255", "255.255.255.255"])(
    "%s is read and written back",
    (text) => {
      expect(formatIpv4(parseIpv4(text) ?? -1)).toBe(text);
    },
  );

  test.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.x", "-1.2.3.4", "1.2.3.4 "])(
    "'%s' is none",
    (text) => expect(parseIpv4(text)).toBeNull(),
  );
});

describe("blocks", () => {
  test.each([
    ["10.0.0.0/16", "10.0.0.0/16", 65_536],
    ["10.0.1.7/24", "10.0.1.0/24", 256],
    ["0.0.0.0/0", "0.0.0.0/0", 2 ** 32],
    ["255.255.255.255/32", "255.255.255.255/32", 1],
    ["203.0.113.129/25", "203.0.113.128/25", 128],
  ])("%s is %s with %d addresses", (text, canonical, count) => {
    expect([formatCidr(cidr(text)), addressCount(cidr(text))]).toEqual([canonical, count]);
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/016", "10.0.0/8", "10.0.0.0/8/8", "::/0"])(
    "'%s' is none",
    (text) => expect(parseCidr(text)).toBeNull(),
  );

  test.each([
    ["10.0.0.0/16", "10.0.255.0/24", true, true],
    ["10.0.255.0/24", "10.0.0.0/16", true, false],
    ["10.0.0.0/24", "10.0.1.0/24", false, false],
    ["0.0.0.0/0", "255.0.0.0/8", true, true],
  ])("%s and %s: overlap %s, the second inside the first %s", (a, b, overlap, inside) => {
    expect([overlaps(cidr(a), cidr(b)), overlaps(cidr(b), cidr(a)), containsCidr(cidr(a), cidr(b))]).toEqual([
      overlap,
      overlap,
      inside,
    ]);
  });

  test("hold their first and last address, and not those beside them", () => {
    const block = cidr("10.0.1.0/24");
    const held = ["10.0.0.255", "10.0.1.0", "10.0.1.255", "10.0.2.0"].map((text) =>
      containsAddress(block, parseIpv4(text) ?? -1),
    );
    expect(held).toEqual([false, true, true, false]);
  });

  test("are cut into as many as fit", () => {
    const outer = cidr("172.31.0.0/16");
    const blocks = [0, 1, 15, 16].map((index) => blockOf(outer, 20, index));
    expect(blocks.map((block) => block && formatCidr(block))).toEqual([
      "172.31.0.0/20",
      "172.31.16.0/20",
      "172.31.240.0/20",
      null,
    ]);
    expect(blockOf(outer, 15, 0)).toBeNull();
  });
});
