/** Arithmetic of IPv4 blocks, as a network's API and whoever gives out its addresses need it. */

export interface Cidr {
  /** The first address as a number. */
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
}

const ADDRESS_BITS = 32;

/** Null when the text is no address of four decimal numbers. */
export function parseIpv4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    address = address * 256 + Number(part);
  }
  return address;
}

export const formatIpv4 = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** Null when the text is no block. Bits behind the prefix are taken off. */
export function parseCidr(text: string): Cidr | null {
  const [address, length, ...rest] = text.split("/");
  const parsed = parseIpv4(address ?? "");
  if (parsed === null || length === undefined || rest.length > 0 || !/^(0|[1-9][0-9]?)$/.test(length))
    return null;
  const prefixLength = Number(length);
  if (prefixLength > ADDRESS_BITS) return null;
  const size = sizeOf(prefixLength);
  const first = Math.floor(parsed / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

const sizeOf = (prefixLength: number) => 2 ** (ADDRESS_BITS - prefixLength);

export const formatCidr = ({ first, prefixLength }: Cidr): string => `${formatIpv4(first)}/${prefixLength}`;
export const addressCount = ({ prefixLength }: Cidr): number => sizeOf(prefixLength);
export const overlaps = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;
export const containsCidr = (outer: Cidr, inner: Cidr): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;
export const containsAddress = ({ first, last }: Cidr, address: number): boolean =>
  first <= address && address <= last;

/** The first four addresses of a subnet and its last are nobody's: network, router, DNS, spare, broadcast. */
export const RESERVED_FIRST = 4;
export const RESERVED_COUNT = 5;

/** The `index`-th block of `prefixLength` inside `outer`; null when there are not that many. */
export function blockOf(outer: Cidr, prefixLength: number, index: number): Cidr | null {
  const size = sizeOf(prefixLength);
  const first = outer.first + index * size;
  if (prefixLength < outer.prefixLength || first + size - 1 > outer.last) return null;
  return { first, last: first + size - 1, prefixLength };
}
