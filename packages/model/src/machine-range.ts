/**
 * Decides which range of addresses a VPC has on machines, where no two may overlap, and moves its addresses there; db calls it
 * when a VPC gets its first task, and whoever says to machines what rules let through.
 */
import { BALANCER_POOL } from "./balancer-address.ts";
import {
  type Cidr,
  containsAddress,
  containsCidr,
  formatCidr,
  formatIpv4,
  overlaps,
  parseCidr,
  parseIpv4,
} from "./cidr.ts";

/** What is of the first range is of the second on machines. They are of one size. */
export interface RangeMapping {
  readonly from: Cidr;
  readonly to: Cidr;
}

export interface RangePlan {
  /** Of which VPCs get a range when theirs is another's. */
  readonly pool: Cidr;
  readonly mappings: readonly RangeMapping[];
}

/** A VPC's own range, and the one of the same size that it has on machines. */
export interface Ranges {
  readonly own: Cidr;
  readonly machine: Cidr;
}

const ALL_BITS = 32;
/** For addresses that networks share behind one of theirs (RFC 6598): few have routes to it. */
const POOL: Cidr = { first: 0x64_40_00_00, last: 0x64_7f_ff_ff, prefixLength: 10 };

export const DEFAULT_RANGE_PLAN: RangePlan = { pool: POOL, mappings: [] };

/** `10.0.0.0/16=10.90.0.0/16,…`. Null when it is not that, or an address could go to two places. */
export function readMappings(text: string): readonly RangeMapping[] | null {
  const mappings: RangeMapping[] = [];
  for (const item of text.split(",").map((part) => part.trim())) {
    if (item === "") continue;
    const [from, to, ...rest] = item.split("=").map((part) => parseCidr(part.trim()));
    if (!from || !to || rest.length > 0 || from.prefixLength !== to.prefixLength) return null;
    if (mappings.some((other) => overlaps(other.from, from) || overlaps(other.to, to))) return null;
    mappings.push({ from, to });
  }
  return mappings;
}

/** Where an operator wants the VPC's range to be; null when nobody said. */
export function mappedRange({ mappings }: RangePlan, own: Cidr): Cidr | null {
  const mapping = mappings.find(({ from }) => containsCidr(from, own));
  return mapping ? moveCidr(own, { own: mapping.from, machine: mapping.to }) : null;
}

/**
 * What an operator said; else the VPC's own range; else the lowest of the pool that is free. An operator who maps a range has a
 * reason not to use it on machines, so that it is passed over. Null when the pool is used up.
 */
export function chooseMachineRange(plan: RangePlan, own: Cidr, taken: readonly Cidr[]): Cidr | null {
  const inUse = [...taken, ...reserved()];
  const isFree = (range: Cidr) => !inUse.some((other) => overlaps(range, other));
  const wanted = mappedRange(plan, own) ?? own;
  return isFree(wanted) ? wanted : lowestFree(plan.pool, own.prefixLength, inUse);
}

function reserved(): readonly Cidr[] {
  const balancers = parseCidr(BALANCER_POOL);
  return balancers ? [balancers] : [];
}

function lowestFree(pool: Cidr, prefixLength: number, taken: readonly Cidr[]): Cidr | null {
  const size = 2 ** (ALL_BITS - prefixLength);
  let first = pool.first;
  while (prefixLength >= pool.prefixLength && first + size - 1 <= pool.last) {
    const range = { first, last: first + size - 1, prefixLength };
    const inTheWay = taken.find((other) => overlaps(range, other));
    if (!inTheWay) return range;
    // The next block of this size behind it.
    first = Math.ceil((inTheWay.last + 1) / size) * size;
  }
  return null;
}

/** An address of the VPC keeps its low bits; one of elsewhere stays as it is. */
export function moveAddress(address: string, { own, machine }: Ranges): string {
  const number = parseIpv4(address);
  if (number === null || !containsAddress(own, number)) return address;
  return formatIpv4(machine.first + (number - own.first));
}

/** The same for a block inside of the VPC. */
export function moveCidr(block: Cidr, { own, machine }: Ranges): Cidr {
  if (!containsCidr(own, block)) return block;
  const by = machine.first - own.first;
  return { ...block, first: block.first + by, last: block.last + by };
}

export const reversed = ({ own, machine }: Ranges): Ranges => ({ own: machine, machine: own });

export function rangesOf(own: string, machine: string): Ranges {
  const ranges = { own: parseCidr(own), machine: parseCidr(machine) };
  if (!ranges.own || !ranges.machine) throw new Error(`a VPC has the ranges ${own} and ${machine}`);
  return { own: ranges.own, machine: ranges.machine };
}

/**
 * The blocks that a rule's block stands for on machines: what of it is the VPC's is meant where that is now, and what only
 * happens to have the VPC's place on machines is not meant.
 */
export function blocksOnMachines(text: string, ranges: Ranges): readonly string[] {
  const block = parseCidr(text);
  const { own, machine } = ranges;
  if (!block || overlaps(own, machine)) return [text];
  if (containsCidr(own, block)) return [formatCidr(moveCidr(block, ranges))];
  if (containsCidr(block, own)) return containsCidr(block, machine) ? [text] : [text, formatCidr(machine)];
  return without(block, machine).map(formatCidr);
}

/** What remains of a block, as few blocks as can be. */
function without(block: Cidr, hole: Cidr): readonly Cidr[] {
  if (!overlaps(block, hole)) return [block];
  if (containsCidr(hole, block)) return [];
  const prefixLength = block.prefixLength + 1;
  const middle = block.first + 2 ** (ALL_BITS - prefixLength);
  const halves = [
    { first: block.first, last: middle - 1, prefixLength },
    { first: middle, last: block.last, prefixLength },
  ];
  return halves.flatMap((half) => without(half, hole));
}
