/** Answers containers' DNS questions: names of ours from what we know, all others as this machine's nameservers do. `task-endpoint` opens it. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket as TcpSocket } from "node:net";
import type { Logger } from "@roadstead/service-kit/log";
import { answerQuery, failureFor, type Names } from "./answer-query.ts";
import { askUpstream, type Upstream } from "./ask-upstream.ts";
import { frameOf, messagesIn } from "./tcp-messages.ts";

export interface ResolverOptions {
  readonly address: string;
  readonly port: number;
  readonly names: () => Names;
  readonly upstreams: () => Promise<readonly Upstream[]>;
  readonly log: Logger;
}

export interface Resolver {
  close(): Promise<void>;
}

/** Questions that wait for others' answers; more are not taken, and asked again by whoever has them. */
const WAITING_MAX = 1_024;
const CONNECTIONS_MAX = 128;
const IDLE_TIMEOUT_MS = 10_000;
/** No question is as long. */
const QUESTION_MAX_BYTES = 4_096;

/** Both ports or none. */
export async function openResolver(options: ResolverOptions): Promise<Resolver> {
  const answer = createAnswering(options);
  const udp = createSocket("udp4");
  udp.on("error", (error) => options.log.warn({ op: "dns.udp", err: error }, "a datagram failed"));
  udp.on("message", (query, from) => void answerDatagram(udp, query, from, answer));
  udp.bind({ address: options.address, port: options.port });
  await once(udp, "listening");
  const tcp = createServer((socket) => answerStream(socket, answer));
  tcp.maxConnections = CONNECTIONS_MAX;
  const open = new Set<TcpSocket>();
  tcp.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  try {
    tcp.listen(options.port, options.address);
    await once(tcp, "listening");
  } catch (error) {
    udp.close();
    throw error;
  }
  return { close: () => closeBoth(udp, tcp, open) };
}

async function closeBoth(udp: Socket, tcp: Server, open: ReadonlySet<TcpSocket>): Promise<void> {
  const ended = [once(udp, "close"), once(tcp, "close")];
  udp.close();
  tcp.close();
  for (const socket of open) socket.destroy();
  await Promise.all(ended);
}

type Answering = (query: Buffer, transport: "udp" | "tcp") => Promise<Buffer | null>;

function createAnswering({ names, upstreams }: ResolverOptions): Answering {
  let waiting = 0;
  return async (query, transport) => {
    const own = answerQuery(query, names());
    if (own) return own;
    const failure = failureFor(query);
    if (!failure || waiting >= WAITING_MAX) return failure;
    waiting += 1;
    try {
      return (await askUpstream(query, await upstreams(), transport)) ?? failure;
    } finally {
      waiting -= 1;
    }
  };
}

async function answerDatagram(
  udp: Socket,
  query: Buffer,
  from: RemoteInfo,
  answer: Answering,
): Promise<void> {
  const said = await answer(query, "udp").catch(() => null);
  if (!said) return;
  try {
    // Whoever asked may be gone, and so may we.
    udp.send(said, from.port, from.address, () => undefined);
  } catch {
    return;
  }
}

function answerStream(socket: TcpSocket, answer: Answering): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const { messages, rest } = messagesIn(Buffer.concat([received, chunk]));
    received = rest;
    if (received.length > QUESTION_MAX_BYTES) {
      socket.destroy();
      return;
    }
    for (const query of messages) {
      answer(query, "tcp").then(
        (said) => said && !socket.destroyed && socket.write(frameOf(said)),
        () => socket.destroy(),
      );
    }
  });
}
