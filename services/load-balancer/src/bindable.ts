/** Finds out at which addresses a listener can be opened, so that one that cannot keeps none of the others from it. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Endpoint } from "@roadstead/balancing/snapshot";

export interface Bound {
  /** Those that can be listened at. */
  readonly usable: ReadonlySet<string>;
  /** Why the others cannot, in the system's words. */
  readonly refused: ReadonlyMap<string, string>;
}

export const endpointKey = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** What our own HAProxy listens at already is usable; everything else is tried. */
export async function bindable(wanted: readonly Endpoint[], held: ReadonlySet<string>): Promise<Bound> {
  const usable = new Set<string>();
  const refused = new Map<string, string>();
  for (const endpoint of wanted) {
    const key = endpointKey(endpoint);
    const reason = held.has(key) ? null : await refusal(endpoint);
    if (reason === null) usable.add(key);
    else refused.set(key, reason);
  }
  return { usable, refused };
}

/** The addresses of a configuration of ours. */
export const boundIn = (configuration: string): ReadonlySet<string> =>
  new Set([...configuration.matchAll(/^ {2}bind (\S+)/gm)].map((match) => match[1] ?? ""));

/** Whether the machine takes what is sent to the address as sent to itself. */
export function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address, port: 0, exclusive: true }, () => {
      socket.close();
      resolve(true);
    });
  });
}

function refusal({ address, port }: Endpoint): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
