/** Whom an agent with an authority's file believes: nobody else, whoever the system would trust. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createLogger } from "@roadstead/service-kit/log";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import { openTls } from "@roadstead/tls/open-tls";
import { masterKeys, standInAuthorityDb } from "@roadstead/tls/stand-in-authority-db.test-data";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { trustOnly } from "./trust.ts";

const before = getCACertificates("default");
const log = createLogger({ service: "test", level: "silent" });
const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trust-"));
});
afterEach(async () => {
  setDefaultCACertificates(before);
  for (const close of closers.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A control plane with an authority of its own. */
async function controlPlane() {
  const config = { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: [] };
  const identity = await openTls({ db: standInAuthorityDb(), masterKeys, log, config });
  if (!identity) throw new Error("no identity");
  const server = createTlsServer(identity, { connectionsMax: 10 }, (_request, response) =>
    response.end("ours"),
  );
  const sockets = new WebSocketServer({ server });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
    await identity.stop();
  });
  const file = join(folder, `${(server.address() as AddressInfo).port}.pem`);
  await writeFile(file, identity.authorityPem);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, file };
}

const requestTo = async (address: string) => (await fetch(`https://${address}/`)).text();

async function socketTo(address: string): Promise<string> {
  const socket = new WebSocket(`wss://${address}/`);
  await once(socket, "open");
  socket.terminate();
  return "open";
}

test("an agent of a joined machine speaks to its control plane, by request and by websocket", async () => {
  const { address, file } = await controlPlane();
  await trustOnly(file);
  expect([await requestTo(address), await socketTo(address)]).toEqual(["ours", "open"]);
});

test("it refuses another authority's server, and no public authority is left that it would believe", async () => {
  const [own, other] = [await controlPlane(), await controlPlane()];
  await trustOnly(own.file);
  await expect(requestTo(other.address)).rejects.toThrow();
  await expect(socketTo(other.address)).rejects.toThrow();
  expect(getCACertificates("default")).toHaveLength(1);
});

test("without a file the system's authorities are believed as before", async () => {
  const trusted = getCACertificates("default");
  await trustOnly(undefined);
  expect(trusted.length).toBeGreaterThan(1);
  expect(getCACertificates("default")).toEqual(trusted);
});
