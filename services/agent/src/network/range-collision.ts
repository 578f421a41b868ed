/** Decides whether a VPC's range can be used on this machine, and if not names what is in its way; `task-networks` asks first. */
import type { NetworkListing } from "@roadstead/runtime/runtime";

/** As `ip -j route` says it. */
export interface Route {
  /** A range, an address, or `default`. */
  readonly dst: string;
  readonly dev?: string;
  readonly gateway?: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

interface Machine {
  readonly routes: readonly Route[];
  readonly networks: readonly NetworkListing[];
}

/** What is in the way; null when nothing is. The VPC's own network is not. */
export function collisionOf(
  cidr: string,
  own: { readonly network: string; readonly bridge: string },
  { routes, networks }: Machine,
): string | null {
  const range = rangeOf(cidr);
  if (!range) return `${cidr} is no range of IPv4 addresses`;
  for (const { name, subnets } of networks) {
    const subnet = subnets.find((one) => overlaps(range, rangeOf(one)));
    if (name !== own.network && subnet) return `it overlaps ${subnet} of the engine's network ${name}`;
  }
  const route = routes.find(
    ({ dst, dev }) => dst !== "default" && dev !== own.bridge && overlaps(range, rangeOf(dst)),
  );
  if (!route) return null;
  const { dst, dev, gateway } = route;
  return `it overlaps ${dst}, to which this machine has a route${gateway ? ` by ${gateway}` : ""}${dev ? ` on ${dev}` : ""}`;
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

/** Null for what is none, such as a range of IPv6. */
export function rangeOf(text: string): Range | null {
  const [, ...parts] = CIDR.exec(text) ?? [];
  const [a = 0, b = 0, c = 0, d = 0, prefix = 32] = parts.map((part) => Number(part ?? 32));
  if (parts.length === 0 || Math.max(a, b, c, d) > 255 || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

const overlaps = (one: Range, other: Range | null): boolean =>
  other !== null && one.first <= other.last && other.first <= one.last;

export function contains(outer: string, inner: string): boolean {
  const [o, i] = [rangeOf(outer), rangeOf(inner)];
  return o !== null && i !== null && o.first <= i.first && i.last <= o.last;
}
