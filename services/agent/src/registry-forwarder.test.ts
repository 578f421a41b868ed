import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createLogger } from "@roadstead/service-kit/log";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import { openTls } from "@roadstead/tls/open-tls";
import { masterKeys, standInAuthorityDb } from "@roadstead/tls/stand-in-authority-db.test-data";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Forwarder,
  type ForwarderOptions,
  isAtRegistry,
  openRegistryForwarder,
} from "./registry-forwarder.ts";

const log = createLogger({ service: "agent", level: "silent" });
const LISTEN = { host: "127.0.0.1", port: 0 };
const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const closing: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aRegistry(serve: (socket: Socket) => void, port = 0) {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  closing.push(close);
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("not listening");
  return { url: new URL(`http://127.0.0.1:${address.port}`), port: address.port, sockets, close };
}

function aForwarder(registryUrl: URL, options: Partial<ForwarderOptions> = {}): Forwarder {
  const forwarder = openRegistryForwarder({ listen: LISTEN, registryUrl, log, ...options });
  closing.push(() => forwarder.stop());
  return forwarder;
}

async function dialled(forwarder: Forwarder): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: await forwarder.port, allowHalfOpen: true });
  socket.on("error", () => undefined);
  closing.push(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

describe("what is said to the forwarder", () => {
  test("reaches the registry, and its answer comes back after the asker has ended", async () => {
    const registry = await aRegistry(
      (socket) => void text(socket).then((said) => socket.end(`heard ${said}`)),
    );
    const client = await dialled(aForwarder(registry.url));
    client.end("hello");
    expect(await text(client)).toBe("heard hello");
    await within(() => expect(registry.sockets.size).toBe(0));
  });

  test("reaches it also after the registry has ended", async () => {
    const heard = Promise.withResolvers<string>();
    const registry = await aRegistry((socket) => {
      socket.end("answer");
      text(socket).then(heard.resolve, heard.reject);
    });
    const client = await dialled(aForwarder(registry.url));
    expect(await text(client)).toBe("answer");
    client.end("late");
    expect(await heard.promise).toBe("late");
  });

  test("is whole, however much it is and however slowly it is read", async () => {
    const size = 20 * 1_024 * 1_024;
    const registry = await aRegistry((socket) => void socket.end(Buffer.alloc(size, 7)));
    const client = await dialled(aForwarder(registry.url));
    let read = 0;
    let isOnlySevens = true;
    for await (const chunk of client as AsyncIterable<Buffer>) {
      read += chunk.length;
      isOnlySevens &&= chunk.every((byte) => byte === 7);
    }
    expect([read, isOnlySevens]).toEqual([size, true]);
  });
});

describe("a connection", () => {
  test("is dialled anew for each that comes, so that a registry that was away is found again", async () => {
    const first = await aRegistry((socket) => void socket.end("first"));
    const forwarder = aForwarder(first.url);
    expect(await text(await dialled(forwarder))).toBe("first");
    await first.close();
    expect(await text(await dialled(forwarder))).toBe("");
    await aRegistry((socket) => void socket.end("second"), first.port);
    expect(await text(await dialled(forwarder))).toBe("second");
  });

  test("that breaks on one side ends on the other", async () => {
    const ended = Promise.withResolvers<void>();
    const registry = await aRegistry((socket) => void socket.resume().once("end", ended.resolve));
    const forwarder = aForwarder(registry.url);
    const client = await dialled(forwarder);
    await within(() => expect(registry.sockets.size).toBe(1));
    client.resetAndDestroy();
    await ended.promise;

    const other = await dialled(forwarder);
    await within(() => expect(registry.sockets.size).toBe(2));
    for (const socket of registry.sockets) socket.resetAndDestroy();
    other.resume();
    await once(other, "end");
  });

  test("on which nobody says anything ends, and one that is used lives on", async () => {
    const registry = await aRegistry((socket) => void socket.pipe(socket));
    const forwarder = aForwarder(registry.url, { idleMs: 300 });
    const idle = await dialled(forwarder);
    const used = await dialled(forwarder);
    const chatter = setInterval(() => void used.write("."), 50);
    closing.push(() => clearInterval(chatter));
    used.resume();
    idle.resume();
    await once(idle, "end");
    expect(used.destroyed).toBe(false);
  });

  test("beyond the most there may be is refused", async () => {
    const registry = await aRegistry((socket) => void socket.pipe(socket));
    const forwarder = aForwarder(registry.url, { connectionsMax: 1 });
    const kept = await dialled(forwarder);
    kept.write("a");
    await once(kept, "data");
    const refused = await dialled(forwarder);
    refused.resume();
    await once(refused, "end");
    expect(kept.destroyed).toBe(false);
  });
});

test("a registry behind TLS is reached if its authority is the trusted one, and no other is", async () => {
  const config = { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: [] };
  const identity = await openTls({ db: standInAuthorityDb(), masterKeys, log, config });
  if (!identity) throw new Error("no identity");
  closing.push(() => identity.stop());
  const server = createTlsServer(identity, { connectionsMax: 10 }, (_, response) => response.end("secret"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const forwarder = aForwarder(new URL(`https://127.0.0.1:${port}`));
  const url = `http://127.0.0.1:${await forwarder.port}/`;
  await expect(fetch(url)).rejects.toThrow();

  const before = getCACertificates("default");
  closing.push(() => setDefaultCACertificates(before));
  setDefaultCACertificates([identity.authorityPem]);
  expect(await (await fetch(url)).text()).toBe("secret");
});

test("an address that is taken is taken over once it is free", async () => {
  const holder = await aRegistry((socket) => void socket.end("holder"));
  const registry = await aRegistry((socket) => void socket.end("forwarded"));
  const forwarder = aForwarder(registry.url, {
    listen: { host: "127.0.0.1", port: holder.port },
    retry: { minMs: 10, maxMs: 20, factor: 2 },
  });
  await holder.close();
  expect(await forwarder.port).toBe(holder.port);
  expect(await text(await dialled(forwarder))).toBe("forwarded");
});

test("one that never came to listen stops at once", async () => {
  const holder = await aRegistry((socket) => void socket.end());
  const forwarder = aForwarder(holder.url, { listen: { host: "127.0.0.1", port: holder.port } });
  await forwarder.stop();
  expect(await forwarder.port).toBe(0);
});

test.each([
  ["http://127.0.0.1:4701", true],
  ["http://localhost:4701/", true],
  ["http://127.0.0.1:4711", false],
  ["http://10.0.0.5:4701", false],
  ["https://127.0.0.1:4701", false],
  ["https://registry.example.com", false],
])("of the registries, %s being at the address itself is %s", (url, expected) => {
  expect(isAtRegistry({ host: "127.0.0.1", port: 4_701 }, new URL(url))).toBe(expected);
});
