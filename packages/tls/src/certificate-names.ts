/** Decides which names and addresses a server's certificate is good for, and so which a token may tell. Launcher and servers call this. */
import { networkInterfaces } from "node:os";

const EVERYWHERE = ["0.0.0.0", "::"];

/** What the operator named first; then the address listened on, or with every address listened on those of this machine. */
export function certificateNames(options: {
  readonly listenHost: string;
  readonly names: readonly string[];
  readonly machineAddresses?: () => readonly string[];
}): readonly string[] {
  const { listenHost, names, machineAddresses = addressesOfThisMachine } = options;
  const listened = EVERYWHERE.includes(listenHost) ? machineAddresses() : [listenHost];
  return [...new Set([...names, ...listened])];
}

/** Without loopback, and without link-local addresses, which mean nothing elsewhere. */
function addressesOfThisMachine(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
}

/** A host as a URL writes it. */
export const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);
