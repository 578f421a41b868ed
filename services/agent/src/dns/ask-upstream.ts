/** Asks this machine's own nameservers, in turn, and hands on exactly what they say; the resolver calls it. */
import { createSocket } from "node:dgram";
import { createConnection, isIPv6 } from "node:net";
import { frameOf, messagesIn } from "./tcp-messages.ts";

const TIMEOUT_MS = 2_000;
const PORT = 53;

export interface Upstream {
  readonly address: string;
  /** 53, but for tests. */
  readonly port?: number;
}

/** Null when none answered. */
export async function askUpstream(
  query: Buffer,
  upstreams: readonly Upstream[],
  transport: "udp" | "tcp",
): Promise<Buffer | null> {
  const ask = transport === "udp" ? askByUdp : askByTcp;
  for (const upstream of upstreams) {
    const answer = await ask(query, upstream).catch(() => null);
    if (answer) return answer;
  }
  return null;
}

/** From a port of its own each time, and with an answer taken from the one asked alone. */
function askByUdp(query: Buffer, { address, port = PORT }: Upstream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const timer = setTimeout(() => finish(new Error("no answer")), TIMEOUT_MS);
    const finish = (result: Buffer | Error) => {
      clearTimeout(timer);
      socket.close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.once("error", finish);
    socket.on("message", (answer) => {
      if (answer.length >= 2 && answer.readUInt16BE(0) === query.readUInt16BE(0)) finish(answer);
    });
    socket.connect(port, address, () => socket.send(query));
  });
}

function askByTcp(query: Buffer, { address, port = PORT }: Upstream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port });
    let received: Buffer = Buffer.alloc(0);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("no answer")));
    socket.on("connect", () => socket.write(frameOf(query)));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const [answer] = messagesIn(received).messages;
      if (!answer) return;
      resolve(answer);
      socket.destroy();
    });
  });
}
