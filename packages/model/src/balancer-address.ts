/** Where a load balancer listens: its address of the pool and the twin on the loopback, and the name that leads to them. */

/** Of a range that is nobody's in the internet. */
export const BALANCER_POOL = "198.18.64.0/18";
const POOL = [198, 18, 64, 0] as const;
/** 127.64.0.0/16: every address of 127/8 is there on Linux without being made. */
const LOOPBACK_POOL = [127, 64, 0, 0] as const;

/** Slots are counted from 1; the last address of the pool is left out, as the first is. */
export const BALANCER_SLOTS = 2 ** 14 - 2;

type Octets = readonly [number, number, number, number];

export const balancerAddresses = (slot: number) => ({
  address: plus(POOL, slot),
  loopbackAddress: plus(LOOPBACK_POOL, slot),
});

function plus([a, b, c, d]: Octets, slot: number): string {
  if (!Number.isInteger(slot) || slot < 1 || slot > BALANCER_SLOTS)
    throw new RangeError(`no load balancer has slot ${slot}`);
  const last = c * 256 + d + slot;
  return `${a}.${b}.${last >> 8}.${last & 255}`;
}

/** `number` tells balancers of one name in several accounts apart, as the digits in AWS's names do. */
export function balancerDnsName(balancer: {
  readonly name: string;
  readonly number: number;
  readonly scheme: "internet-facing" | "internal";
  readonly region: string;
  readonly domain: string;
}): string {
  const { name, number, scheme, region, domain } = balancer;
  const prefix = scheme === "internal" ? "internal-" : "";
  return `${prefix}${name}-${number}.elb.${region}.${domain}`.toLowerCase();
}
