/** IpAddress operators: IPv4 and IPv6 addresses and CIDR ranges. What is not an address matches nothing. */
export function inAddressRange(range: string, address: string): boolean {
  const [base = "", prefix, ...rest] = range.split("/");
  const wanted = parseAddress(base);
  const given = parseAddress(address);
  if (!wanted || !given || wanted.length !== given.length || rest.length > 0) return false;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return false;
  const bits = prefix === undefined ? wanted.length * 8 : Number(prefix);
  if (bits > wanted.length * 8) return false;
  return wanted.every((byte, i) => {
    const significant = Math.min(8, Math.max(0, bits - i * 8));
    const mask = (0xff << (8 - significant)) & 0xff;
    return (byte & mask) === ((given[i] ?? 0) & mask);
  });
}

/** Four or sixteen bytes. An IPv4 address mapped into IPv6 is the IPv4 address. */
function parseAddress(text: string): readonly number[] | null {
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  const mapped =
    bytes?.length === 16 &&
    bytes.slice(0, 10).every((b) => b === 0) &&
    bytes[10] === 255 &&
    bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

function parseIpv4(text: string): readonly number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return null;
  return parts.map(Number);
}

function parseIpv6(text: string): readonly number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(groupsOf);
  if (!head || tail === null) return null;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined) return missing === 0 ? head : null;
  return missing >= 2 ? [...head, ...Array<number>(missing).fill(0), ...tail] : null;
}

function groupsOf(half: string): readonly number[] | null {
  if (half === "") return [];
  const bytes: number[] = [];
  const groups = half.split(":");
  for (const [i, group] of groups.entries()) {
    const dotted = i === groups.length - 1 && group.includes(".") ? parseIpv4(group) : null;
    if (dotted) bytes.push(...dotted);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}
