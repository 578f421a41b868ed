/** What other machines can rely on: the authority is one, its servers are known by it alone, and renewing disturbs nobody. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, describe, expect, test } from "vitest";
import { createTlsServer } from "./create-tls-server.ts";
import { certificateFingerprint } from "./fingerprints.ts";
import { openTls, type TlsDeps, type TlsIdentity } from "./open-tls.ts";
import { masterKeys, standInAuthorityDb } from "./stand-in-authority-db.test-data.ts";

const log = createLogger({ service: "test", level: "silent" });
const DAY_MS = 24 * 60 * 60_000;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function identity(
  changes: Partial<TlsDeps> & { names?: readonly string[] } = {},
): Promise<TlsIdentity> {
  const opened = await openTls({
    db: standInAuthorityDb(),
    masterKeys,
    log,
    ...changes,
    config: { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: changes.names ?? [] },
  });
  if (!opened) throw new Error("no identity");
  closers.push(() => opened.stop());
  return opened;
}

async function listening(tls: TlsIdentity): Promise<number> {
  const server: Server = createTlsServer(tls, { connectionsMax: 10 }, (_request, response) =>
    response.end("hello"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

async function handshake(
  port: number,
  options: {
    readonly ca?: string;
    readonly servername?: string;
    readonly maxVersion?: "TLSv1.1" | "TLSv1.2";
  },
): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    ciphers: "DEFAULT@SECLEVEL=0",
    minVersion: "TLSv1.1",
    ...options,
  });
  closers.push(async () => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

const serialOf = (socket: TLSSocket) => socket.getPeerX509Certificate()?.serialNumber;

describe("a server's identity", () => {
  test("is known to who has the authority, at every configured name and address", async () => {
    const tls = await identity({ names: ["control.example.internal", "10.1.2.3", "fd00::1"] });
    const socket = await handshake(await listening(tls), { ca: tls.authorityPem });
    const certificate = socket.getPeerX509Certificate();
    expect(certificate?.checkHost("control.example.internal")).toBe("control.example.internal");
    expect(certificate?.checkIP("10.1.2.3")).toBe("10.1.2.3");
    expect(certificate?.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate?.checkIP("10.1.2.4")).toBeUndefined();
    expect([tls.isName("10.1.2.3"), tls.isName("evil.example")]).toEqual([true, false]);
  });

  test("is refused by who trusts another authority, or only public ones", async () => {
    const port = await listening(await identity());
    const other = await identity();
    await expect(handshake(port, { ca: other.authorityPem })).rejects.toThrow(/signature|self-signed|verify/);
    await expect(handshake(port, {})).rejects.toThrow();
  });

  test("is of one authority and one server key on every replica, also when all start at once", async () => {
    const db = standInAuthorityDb();
    const replicas = await Promise.all([identity({ db }), identity({ db }), identity({ db })]);
    expect(new Set(replicas.map((tls) => tls.fingerprint)).size).toBe(1);
    expect(new Set(replicas.map((tls) => tls.keyPin)).size).toBe(1);
    const [first, second] = replicas;
    await expect(
      handshake(await listening(first as TlsIdentity), { ca: second?.authorityPem ?? "" }),
    ).resolves.toBeDefined();
  });

  test("does not come from an authority that was sealed under another master key", async () => {
    const db = standInAuthorityDb();
    await identity({ db });
    const { parseMasterKeys } = await import("@roadstead/db/secrets");
    await expect(identity({ db, masterKeys: parseMasterKeys("cd".repeat(32)) })).rejects.toThrow(
      "another master key",
    );
  });

  test("speaks TLS 1.2 and 1.3 and nothing older", async () => {
    const tls = await identity();
    const port = await listening(tls);
    const older = await handshake(port, { ca: tls.authorityPem, maxVersion: "TLSv1.2" });
    expect(older.getProtocol()).toBe("TLSv1.2");
    expect((await handshake(port, { ca: tls.authorityPem })).getProtocol()).toBe("TLSv1.3");
    await expect(handshake(port, { ca: tls.authorityPem, maxVersion: "TLSv1.1" })).rejects.toThrow();
  });

  test("is renewed well before it ends, without a word to connections that are open, and keeps its key", async () => {
    let now = new Date(Date.now() - 21 * DAY_MS);
    const tls = await identity({ now: () => now });
    const port = await listening(tls);
    const before = await handshake(port, { ca: tls.authorityPem });
    await tls.renew();
    expect(serialOf(await handshake(port, { ca: tls.authorityPem }))).toBe(serialOf(before));
    now = new Date();
    await tls.renew();
    const after = await handshake(port, { ca: tls.authorityPem });
    expect(serialOf(after)).not.toBe(serialOf(before));
    const pinned = [before, after].map((socket) =>
      socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "pem" }),
    );
    expect(pinned[0]).toBe(pinned[1]);
    before.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const [answer] = await once(before, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
  });

  test("follows the machine's addresses when it listens on all of them", async () => {
    let addresses = ["192.0.2.1"];
    const tls = await openTls({
      db: standInAuthorityDb(),
      masterKeys,
      log,
      machineAddresses: () => addresses,
      config: { ROADSTEAD_TLS_LISTEN_HOST: "0.0.0.0", ROADSTEAD_TLS_NAMES: [] },
    });
    if (!tls) throw new Error("no identity");
    closers.push(() => tls.stop());
    expect([tls.isName("192.0.2.1"), tls.isName("198.51.100.7"), tls.isName("0.0.0.0")]).toEqual([
      true,
      false,
      false,
    ]);
    addresses = ["192.0.2.1", "198.51.100.7"];
    await tls.renew();
    expect(tls.isName("198.51.100.7")).toBe(true);
  });

  test("is not made without an address to listen on", async () => {
    const config = { ROADSTEAD_TLS_LISTEN_HOST: undefined, ROADSTEAD_TLS_NAMES: [] };
    expect(await openTls({ db: standInAuthorityDb(), masterKeys, log, config })).toBeNull();
  });
});

describe("the authority", () => {
  test("signs servers for ten years, and no further authorities", async () => {
    const tls = await identity();
    const certificate = new X509Certificate(tls.authorityPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    const years = (certificate.validToDate.getTime() - Date.now()) / (365 * DAY_MS);
    expect(years).toBeGreaterThan(9.99);
    expect(tls.fingerprint).toBe(certificateFingerprint(certificate.toString()));
    expect(tls.fingerprint).toMatch(/^[\w-]{43}$/);
    expect(tls.keyPin).toMatch(/^sha256\/\/[A-Za-z0-9+/]{43}=$/);
  });
});
