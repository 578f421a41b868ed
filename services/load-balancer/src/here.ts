/** Tells which targets are on this machine, and so see the balancer's own address: others would answer to it into nowhere. Passes ask. */
import { createSocket } from "node:dgram";
import { access, readdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";

/** Networks come and go with tasks; a target outlives none of its own. */
const KNOWN_FOR_MS = 10_000;
const KNOWN_MAX = 10_000;
const DISCARD_PORT = 9;
const LINKS = "/sys/class/net";

export type Here = (addresses: readonly string[]) => Promise<ReadonlySet<string>>;

export function createHere(isHere: (address: string) => Promise<boolean> = isOnThisMachine): Here {
  const known = new Map<string, { readonly here: boolean; readonly until: number }>();
  return async (addresses) => {
    const now = performance.now();
    if (known.size > KNOWN_MAX) known.clear();
    const all = [...new Set(addresses)];
    const unknown = all.filter((address) => (known.get(address)?.until ?? 0) <= now);
    for (const address of unknown) {
      known.set(address, { here: await isHere(address), until: now + KNOWN_FOR_MS });
    }
    return new Set(all.filter((address) => known.get(address)?.here));
  };
}

/** It is, when we would send to it over the loopback or over a bridge that leads nowhere else, as the engine's do. */
async function isOnThisMachine(address: string): Promise<boolean> {
  const own = await addressTowards(address).catch(() => null);
  if (own === null) return false;
  if (own === address || own.startsWith("127.")) return true;
  const [link] =
    Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.address === own)) ?? [];
  return link !== undefined && isInnerBridge(link);
}

/** From which of our addresses the kernel would send; nothing is sent. */
function addressTowards(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(DISCARD_PORT, address, () => {
      const { address: own } = socket.address();
      socket.close();
      resolve(own);
    });
  });
}

/** A port that stands for a device, or for another link, leads out of the machine. */
async function isInnerBridge(link: string): Promise<boolean> {
  const ports = await readdir(`${LINKS}/${link}/brif`).catch(() => null);
  if (ports === null) return false;
  for (const port of ports) {
    const parts = await readdir(`${LINKS}/${port}`).catch((): string[] => []);
    if (parts.includes("device") || parts.some((part) => part.startsWith("lower_"))) return false;
  }
  return access(`${LINKS}/${link}/bridge`).then(
    () => true,
    () => false,
  );
}
