/** A socket's bounds, on a real pair of websockets. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, expect, test } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { type AgentSocket, CLOSE, type SocketEvents, wrapSocket } from "./agent-socket.ts";

const WAIT = { timeout: 5_000, interval: 5 };
const log = createLogger({ service: "test", level: "silent" });
let server: WebSocketServer | undefined;
let client: WebSocket | undefined;
afterEach(() => {
  client?.terminate();
  server?.close();
});

async function aPair(
  events: Partial<SocketEvents>,
): Promise<{ agent: WebSocket; socket: AgentSocket; raw: WebSocket }> {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 1_024 });
  await once(server, "listening");
  const connected = once(server, "connection");
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on("error", () => undefined);
  const [raw] = (await connected) as [WebSocket];
  const handlers = { onText: async () => true, onFailure: () => undefined, onRejected: () => undefined };
  const socket = wrapSocket(raw, { ...handlers, ...events }, log);
  await once(client, "open");
  return { agent: client, socket, raw };
}

test("messages are handled one after the other, and a failure does not stop the next", async () => {
  const done: string[] = [];
  const failures: unknown[] = [];
  const release: (() => void)[] = [];
  const { agent } = await aPair({
    async onText(text) {
      await new Promise<void>((resolve) => release.push(resolve));
      if (text === "2") throw new Error("no");
      done.push(text);
      return true;
    },
    onFailure: (error) => failures.push(error),
  });
  for (const text of ["1", "2", "3"]) agent.send(text);
  for (let handled = 1; handled <= 3; handled++) {
    await expect.poll(() => release.length, WAIT).toBe(handled);
    release.at(-1)?.();
  }
  await expect.poll(() => done, WAIT).toEqual(["1", "3"]);
  expect(failures).toHaveLength(1);
});

test("a socket whose messages pile up is not read until they are handled", async () => {
  let handled = 0;
  const gate = Promise.withResolvers<void>();
  const { agent, raw } = await aPair({
    async onText() {
      await gate.promise;
      handled += 1;
      return true;
    },
  });
  for (let sent = 0; sent < 500; sent++) agent.send("x");
  await expect.poll(() => raw.isPaused, WAIT).toBe(true);
  gate.resolve();
  await expect.poll(() => handled, WAIT).toBe(500);
  expect(raw.isPaused).toBe(false);
});

test("what was said before the end is handled before it counts as closed", async () => {
  let handled = 0;
  const { agent, socket } = await aPair({
    async onText() {
      await new Promise((resolve) => setImmediate(resolve));
      handled += 1;
      return true;
    },
  });
  for (let sent = 0; sent < 10; sent++) agent.send("x");
  agent.close();
  await socket.closed;
  expect(handled).toBe(10);
});

test("unreadable and binary frames are answered, and after too many the socket is closed", async () => {
  let rejected = 0;
  const answers: string[] = [];
  const { agent } = await aPair({ onText: async () => false, onRejected: () => (rejected += 1) });
  agent.on("message", (data) => answers.push(String(data)));
  for (let sent = 0; sent < 10; sent++) {
    agent.send("x");
    agent.send(Buffer.from([1]));
  }
  const [code] = (await once(agent, "close")) as [number];
  expect(code).toBe(CLOSE.badFrames);
  expect(rejected).toBe(20);
  expect(JSON.parse(answers[0] ?? "")).toMatchObject({ type: "BadRequestException" });
});

test("a frame beyond the limit ends the socket", async () => {
  const { agent, socket } = await aPair({});
  agent.send("x".repeat(2_048));
  const [code] = (await once(agent, "close")) as [number];
  expect(code).toBe(1009);
  await socket.closed;
  expect(socket.isOpen()).toBe(false);
});

test("no close code makes AWS's agent reconnect without a pause", () => {
  for (const code of [1000, 1001, 1006, 1011]) expect(Object.values(CLOSE)).not.toContain(code);
});
