/** Decides in which of its subnets a task gets which address; `allotInterfaces` in db calls it under the subnets' locks. */
import { addressCount, formatIpv4, parseCidr, RESERVED_COUNT, RESERVED_FIRST } from "./cidr.ts";

export interface SubnetUse {
  readonly id: string;
  readonly cidrBlock: string;
  readonly taken: ReadonlySet<string>;
  /** Tasks of each group that have an address here. */
  readonly byGroup: ReadonlyMap<string, number>;
}

export interface ChosenAddress {
  readonly subnetId: string;
  readonly privateIp: string;
}

/**
 * The subnet with fewest of the group, so that a service spreads over its zones; then the emptiest; then the first.
 * A subnet that is full is passed over. Null when all are.
 */
export function chooseAddress(
  subnets: readonly SubnetUse[],
  group: string,
  random: () => number,
): ChosenAddress | null {
  const tasksOf = ({ byGroup }: SubnetUse) => byGroup.get(group) ?? 0;
  const inOrder = subnets.toSorted((a, b) => tasksOf(a) - tasksOf(b) || a.taken.size - b.taken.size);
  for (const { id, cidrBlock, taken } of inOrder) {
    const privateIp = freeAddress(cidrBlock, taken, random);
    if (privateIp !== null) return { subnetId: id, privateIp };
  }
  return null;
}

/** Begins anywhere: an address that was just given back may still be in somebody's memory. */
export function freeAddress(
  cidrBlock: string,
  taken: ReadonlySet<string>,
  random: () => number,
): string | null {
  const block = parseCidr(cidrBlock);
  if (!block) return null;
  const usable = addressCount(block) - RESERVED_COUNT;
  const start = Math.floor(random() * usable);
  for (let n = 0; n < usable; n++) {
    const address = formatIpv4(block.first + RESERVED_FIRST + ((start + n) % usable));
    if (!taken.has(address)) return address;
  }
  return null;
}
