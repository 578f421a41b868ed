import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cidr,
  containsAddress,
  containsCidr,
  formatCidr,
  formatIpv4,
  overlaps,
  parseCidr,
} from "./cidr.ts";
import {
  blocksOnMachines,
  chooseMachineRange,
  DEFAULT_RANGE_PLAN,
  mappedRange,
  moveAddress,
  moveCidr,
  type RangePlan,
  rangesOf,
  readMappings,
  reversed,
} from "./machine-range.ts";

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} is no block`);
  return parsed;
};

const plan = (mappings: string, pool = "100.64.0.0/10"): RangePlan => {
  const read = readMappings(mappings);
  if (!read) throw new Error(`${mappings} is no list of mappings`);
  return { pool: cidr(pool), mappings: read };
};

const choose = (own: string, taken: readonly string[], by = DEFAULT_RANGE_PLAN) => {
  const chosen = chooseMachineRange(by, cidr(own), taken.map(cidr));
  return chosen && formatCidr(chosen);
};

const blocks = (from: number, to: number) =>
  fc
    .record({ address: fc.integer({ min: 0, max: 2 ** 32 - 1 }), prefix: fc.integer({ min: from, max: to }) })
    .map(({ address, prefix }) => cidr(`${formatIpv4(address)}/${prefix}`));

const vpcBlocks = blocks(16, 28);

describe("the range of a VPC on machines", () => {
  test.each([
    ["its own while nobody has it", "172.31.0.0/16", [], "172.31.0.0/16"],
    ["its own beside others", "10.1.0.0/16", ["10.0.0.0/16", "10.2.0.0/16"], "10.1.0.0/16"],
    ["the pool's first when another has it", "172.31.0.0/16", ["172.31.0.0/16"], "100.64.0.0/16"],
    ["the pool's next free one", "172.31.0.0/16", ["172.31.0.0/16", "100.64.0.0/16"], "100.65.0.0/16"],
    ["a gap of the pool", "10.0.0.0/24", ["10.0.0.0/16", "100.64.0.0/24", "100.64.2.0/24"], "100.64.1.0/24"],
    ["behind a larger one", "10.0.0.0/28", ["10.0.0.0/16", "100.64.0.0/16"], "100.65.0.0/28"],
    ["behind a smaller one", "10.0.0.0/16", ["10.0.5.0/24", "100.64.0.0/28"], "100.65.0.0/16"],
    ["none of load balancers'", "198.18.0.0/16", [], "100.64.0.0/16"],
  ])("is %s", (_, own, taken, expected) => {
    expect(choose(own, taken)).toBe(expected);
  });

  test.each([
    ["10.0.0.0/16", [], "10.90.0.0/16"],
    ["10.0.16.0/20", [], "10.90.16.0/20"],
    ["10.1.0.0/16", [], "10.1.0.0/16"],
    ["10.0.0.0/16", ["10.90.0.0/16"], "100.64.0.0/16"],
  ])("of %s is what an operator said, and never one that he kept from machines", (own, taken, expected) => {
    expect(choose(own, taken, plan("10.0.0.0/16=10.90.0.0/16"))).toBe(expected);
  });

  test("is none once the pool is used up, or is too small", () => {
    expect(choose("10.0.0.0/16", ["10.0.0.0/16", "10.64.0.0/16"], plan("", "10.64.0.0/16"))).toBeNull();
    expect(choose("10.0.0.0/16", ["10.0.0.0/16"], plan("", "10.64.0.0/20"))).toBeNull();
  });

  test("of many VPCs never overlaps another's, and has the size of its own", () => {
    fc.assert(
      fc.property(fc.array(vpcBlocks, { maxLength: 40 }), (vpcs) => {
        const taken: Cidr[] = [];
        for (const own of [...vpcs, ...vpcs]) {
          const range = chooseMachineRange(DEFAULT_RANGE_PLAN, own, taken);
          if (!range) continue;
          expect(range.prefixLength).toBe(own.prefixLength);
          expect(range).toEqual(cidr(formatCidr(range)));
          expect(taken.some((other) => overlaps(other, range))).toBe(false);
          taken.push(range);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("comes of the pool for as long as it has room", () => {
    const taken = ["10.0.0.0/16"];
    for (let n = 0; n < 64; n += 1) {
      const next = choose("10.0.0.0/16", taken);
      expect(next).toBe(`100.${64 + n}.0.0/16`);
      taken.push(next ?? "");
    }
    expect(choose("10.0.0.0/16", taken)).toBeNull();
  });
});

describe("mappings", () => {
  test.each([
    "10.0.0.0/16",
    "10.0.0.0/16=10.1.0.0/17",
    "10.0.0.0/16=10.1.0.0/16=10.2.0.0/16",
    "10.0.0.0/16=ten",
    "10.0.0.0/16=10.1.0.0/16,10.0.0.0/20=10.2.0.0/20",
    "10.0.0.0/16=10.1.0.0/16,10.2.0.0/16=10.1.0.0/16",
  ])("%s are none", (text) => expect(readMappings(text)).toBeNull());

  test("may be several, or none", () => {
    expect(readMappings("")).toEqual([]);
    expect(plan(" 10.0.0.0/16=10.1.0.0/16, 10.4.0.0/20=10.5.0.0/20,").mappings).toHaveLength(2);
    expect(mappedRange(DEFAULT_RANGE_PLAN, cidr("10.0.0.0/16"))).toBeNull();
  });
});

describe("addresses that move", () => {
  const ranges = rangesOf("10.0.0.0/16", "100.64.0.0/16");

  test.each([
    ["10.0.3.7", "100.64.3.7"],
    ["10.0.255.255", "100.64.255.255"],
    ["10.1.0.0", "10.1.0.0"],
    ["198.18.64.1", "198.18.64.1"],
  ])("%s is at %s", (address, moved) => expect(moveAddress(address, ranges)).toBe(moved));

  test("keep their low bits, stay in blocks that move with them, and come back", () => {
    const moving = vpcBlocks.chain((own) =>
      fc.record({
        own: fc.constant(own),
        machine: blocks(own.prefixLength, own.prefixLength),
        offset: fc.integer({ min: 0, max: own.last - own.first }),
        prefix: fc.integer({ min: own.prefixLength, max: 32 }),
      }),
    );
    fc.assert(
      fc.property(moving, ({ own, machine, offset, prefix }) => {
        const address = formatIpv4(own.first + offset);
        const block = cidr(`${address}/${prefix}`);
        const moved = cidr(`${moveAddress(address, { own, machine })}/32`).first;
        expect(moved - machine.first).toBe(offset);
        expect(containsAddress(moveCidr(block, { own, machine }), moved)).toBe(true);
        expect(containsCidr(machine, moveCidr(block, { own, machine }))).toBe(true);
        expect(moveAddress(formatIpv4(moved), reversed({ own, machine }))).toBe(address);
      }),
    );
  });
});

describe("a rule's block on machines", () => {
  test.each([
    ["0.0.0.0/0", ["0.0.0.0/0"]],
    ["10.0.0.0/16", ["100.64.0.0/16"]],
    ["10.0.7.0/24", ["100.64.7.0/24"]],
    ["10.0.0.5/32", ["100.64.0.5/32"]],
    ["10.0.0.0/8", ["10.0.0.0/8", "100.64.0.0/16"]],
    ["192.168.0.0/16", ["192.168.0.0/16"]],
    ["100.64.0.0/16", []],
    ["100.64.9.0/24", []],
    ["100.64.0.0/14", ["100.65.0.0/16", "100.66.0.0/15"]],
  ])("%s is %j", (block, expected) => {
    expect(blocksOnMachines(block, rangesOf("10.0.0.0/16", "100.64.0.0/16"))).toEqual(expected);
  });

  test("is what it says where a VPC has its own range", () => {
    expect(blocksOnMachines("10.0.7.0/24", rangesOf("10.0.0.0/16", "10.0.0.0/16"))).toEqual(["10.0.7.0/24"]);
  });

  test("holds an address of a task exactly if the rule names the task's own, and no other of that range", () => {
    const asked = vpcBlocks.chain((own) =>
      fc.record({
        own: fc.constant(own),
        machine: blocks(own.prefixLength, own.prefixLength),
        rule: fc.oneof(
          blocks(0, 32),
          fc.integer({ min: 0, max: 32 }).map((n) => cidr(`${formatIpv4(own.first)}/${n}`)),
        ),
        offset: fc.integer({ min: 0, max: own.last - own.first }),
      }),
    );
    fc.assert(
      fc.property(asked, ({ own, machine, rule, offset }) => {
        fc.pre(!overlaps(own, machine));
        const said = blocksOnMachines(formatCidr(rule), { own, machine }).map(cidr);
        expect(said.some((block) => containsAddress(block, machine.first + offset))).toBe(
          containsAddress(rule, own.first + offset),
        );
      }),
    );
  });
});
