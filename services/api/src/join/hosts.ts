/** Reads the Host header of a request from another machine, and says what leads to us there. Pure. */
import { isIPv6 } from "node:net";

/** `name`, `name:port`, `192.0.2.1:port` or `[fd00::1]:port`. */
const HOST = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9](?:[a-z0-9.-]{0,252})))(?::(\d{1,5}))?$/i;

/** The name or address without its port; null for what is no host. */
export function hostName(header: string): string | null {
  const match = HOST.exec(header);
  if (!match) return null;
  const [, address, name] = match;
  if (address !== undefined) return isIPv6(address) ? address : null;
  return name ?? null;
}

/** The gateway as the same machine reaches it: by the name it called us by, if that is one of ours. */
export function gatewayUrlFor(
  header: string,
  options: { readonly isName: (name: string) => boolean; readonly port: number },
): string | null {
  const name = hostName(header);
  if (name === null || !options.isName(name)) return null;
  return `https://${name.includes(":") ? `[${name}]` : name}:${options.port}`;
}
