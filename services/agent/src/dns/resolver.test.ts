/** Guarantees of the resolver, asked over real sockets of this machine. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createConnection } from "node:net";
import { createLogger } from "@roadstead/service-kit/log";
import { freePort } from "@roadstead/testing/free-port";
import { type DecodedPacket, decode, encode } from "dns-packet";
import { afterEach, expect, test } from "vitest";
import { openResolver } from "./resolver.ts";
import { frameOf, messagesIn } from "./tcp-messages.ts";

const log = createLogger({ service: "test", level: "silent" });
const HOST = "127.0.0.1";
const NAME = "web-1.elb.eu-west-1.example.test";
const names = new Map([[NAME, ["198.18.64.1"]]]);

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aResolver(upstreamPorts: readonly number[] = []) {
  const port = await freePort(HOST);
  const upstreams = upstreamPorts.map((upstream) => ({ address: HOST, port: upstream }));
  const resolver = await openResolver({
    address: HOST,
    port,
    names: () => names,
    upstreams: async () => upstreams,
    log,
  });
  closers.push(() => resolver.close());
  return port;
}

/** Answers every name with one address; counts what it is asked. */
async function aNameserver() {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, from) => {
    const { id = 0, questions = [] } = decode(query);
    const [question] = questions;
    if (!question) return;
    asked.push(question.name);
    const answers = [{ type: "A" as const, name: question.name, ttl: 1, data: "192.0.2.7" }];
    socket.send(encode({ id, type: "response", questions, answers }), from.port, from.address);
  });
  socket.bind(0, HOST);
  await once(socket, "listening");
  closers.push(async () => socket.close());
  return { port: socket.address().port, asked };
}

const queryFor = (name: string, type: "A" | "AAAA" = "A") =>
  encode({ id: 7, type: "query", flags: 0x01_00, questions: [{ name, type }] });

async function askByUdp(port: number, query: Buffer): Promise<DecodedPacket> {
  const socket = createSocket("udp4");
  try {
    socket.send(query, port, HOST);
    const [answer] = await once(socket, "message", { signal: AbortSignal.timeout(8_000) });
    return decode(answer);
  } finally {
    socket.close();
  }
}

async function askByTcp(port: number, query: Buffer): Promise<DecodedPacket> {
  const socket = createConnection({ host: HOST, port });
  try {
    // In pieces, as a network may bring it.
    const frame = frameOf(query);
    socket.write(frame.subarray(0, 3));
    socket.write(frame.subarray(3));
    const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(8_000) });
    return decode(messagesIn(chunk).messages[0] ?? Buffer.alloc(0));
  } finally {
    socket.destroy();
  }
}

const dataOf = ({ answers = [] }: DecodedPacket) =>
  answers.map((answer) => ("data" in answer ? answer.data : null));

test("a name of ours has its address, whatever its case, over UDP and TCP", async () => {
  const port = await aResolver();
  const answer = await askByUdp(port, queryFor("WEB-1.elb.EU-west-1.example.test"));
  expect(answer).toMatchObject({ id: 7, rcode: "NOERROR" });
  expect(dataOf(answer)).toEqual(["198.18.64.1"]);
  expect(dataOf(await askByTcp(port, queryFor(NAME)))).toEqual(["198.18.64.1"]);
});

test("a name of ours has no IPv6 address, which is no failure and is asked of nobody else", async () => {
  const nameserver = await aNameserver();
  const port = await aResolver([nameserver.port]);
  expect(await askByUdp(port, queryFor(NAME, "AAAA"))).toMatchObject({ rcode: "NOERROR", answers: [] });
  expect(nameserver.asked).toEqual([]);
});

test("every other name is as the machine's nameservers say, the next one when one does not answer", async () => {
  const nameserver = await aNameserver();
  const dead = await freePort(HOST);
  const port = await aResolver([dead, nameserver.port]);
  const answer = await askByUdp(port, queryFor("example.com"));
  expect(dataOf(answer)).toEqual(["192.0.2.7"]);
  expect(nameserver.asked).toEqual(["example.com"]);
});

test("when nobody can be asked that is said at once, and our own names are answered on", async () => {
  const port = await aResolver();
  expect(await askByUdp(port, queryFor("example.com"))).toMatchObject({ id: 7, rcode: "SERVFAIL" });
  expect(await askByTcp(port, queryFor("example.com"))).toMatchObject({ rcode: "SERVFAIL" });
  expect(dataOf(await askByUdp(port, queryFor(NAME)))).toEqual(["198.18.64.1"]);
});

test("what is no question is not answered and harms nothing", async () => {
  const port = await aResolver();
  const socket = createSocket("udp4");
  for (const bytes of ["", "x", "\u0000".repeat(12), "\u00ff".repeat(600)])
    socket.send(Buffer.from(bytes, "latin1"), port, HOST);
  const stream = createConnection({ host: HOST, port });
  stream.on("error", () => undefined);
  stream.write(Buffer.alloc(70_000, 0xff));
  await new Promise((resolve) => stream.once("close", resolve));
  socket.close();
  expect(dataOf(await askByUdp(port, queryFor(NAME)))).toEqual(["198.18.64.1"]);
});
