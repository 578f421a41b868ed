/** Finds at which address the control plane's network reaches this machine; registration says it, for load balancers. */

import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";

const TIMEOUT_MS = 2_000;

/** Null on the control plane's own machine, where nobody needs it, and where it cannot be told. */
export async function machineAddress(apiUrl: string): Promise<string | null> {
  const { hostname, port } = new URL(apiUrl);
  try {
    const { address } = await lookup(hostname.replace(/^\[|\]$/g, ""), { family: 4 });
    const own = await addressTowards(address, Number(port) || 443);
    return own.startsWith("127.") || own === address ? null : own;
  } catch {
    return null;
  }
}

/** From which of our addresses the kernel would send; nothing is sent. */
function addressTowards(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => socket.emit("error", new Error("no route")), TIMEOUT_MS);
    socket.once("error", (error) => {
      clearTimeout(timer);
      socket.close();
      reject(error);
    });
    socket.connect(port, address, () => {
      clearTimeout(timer);
      const { address: own } = socket.address();
      socket.close();
      resolve(own);
    });
  });
}
