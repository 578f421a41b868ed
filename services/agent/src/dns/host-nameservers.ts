/** Reads which nameservers this machine asks: the resolver asks them in turn, and containers are given them after it. */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { LINK_LOCAL } from "../credentials/link-local.ts";

const HOST = "/etc/resolv.conf";
/** What is behind systemd's stub, which containers cannot reach. */
const BEHIND_STUB = "/run/systemd/resolve/resolv.conf";

/** Those that we can ask. */
export const hostNameservers = async (): Promise<readonly string[]> => nameserversIn(await textOf(HOST));

/** Those that containers can ask. */
export async function reachableNameservers(): Promise<readonly string[]> {
  const isReachable = (address: string) => !/^(127\.|::1$|fe80:)/i.test(address);
  const own = (await hostNameservers()).filter(isReachable);
  return own.length > 0 ? own : nameserversIn(await textOf(BEHIND_STUB)).filter(isReachable);
}

export const nameserversIn = (text: string): readonly string[] =>
  [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)]
    .map((match) => match[1] ?? "")
    .filter((address) => isIP(address) !== 0 && address !== LINK_LOCAL);

const textOf = (path: string) => readFile(path, "utf8").catch(() => "");
