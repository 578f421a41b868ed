/** Tells addresses and address blocks from other texts: for targets, and for conditions on where a request comes from. */
import { BlockList, isIP, isIPv4 } from "node:net";

export function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(bits)) return false;
  return Number(bits) <= (version === 4 ? 32 : 128);
}

/** What AWS takes as targets (RFC 1918 and RFC 6598), and the range our own pools are in. */
const TARGETS = new BlockList();
TARGETS.addSubnet("10.0.0.0", 8);
TARGETS.addSubnet("172.16.0.0", 12);
TARGETS.addSubnet("192.168.0.0", 16);
TARGETS.addSubnet("100.64.0.0", 10);
TARGETS.addSubnet("198.18.0.0", 15);

export const isTargetAddress = (text: string): boolean => isIPv4(text) && TARGETS.check(text);
