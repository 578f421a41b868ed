/** The port: what it answers to requests and upgrades that lead nowhere. */
import { clusterArn, containerInstanceArn } from "@roadstead/model/arn";
import { createLogger } from "@roadstead/service-kit/log";
import { openTls } from "@roadstead/tls/open-tls";
import { masterKeys, standInAuthorityDb } from "@roadstead/tls/stand-in-authority-db.test-data";
import { afterEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { Admitted } from "./admit.ts";
import { type GatewayServer, openGatewayServer } from "./gateway-server.ts";

const place = { accountId: "000000000000", region: "us-east-1" };
const admitted = (kind: "acs" | "tcs"): Admitted => ({
  kind,
  instance: {
    id: "i1",
    arn: containerInstanceArn(place, "dev", "i1"),
    clusterName: "dev",
    clusterArn: clusterArn(place, "dev"),
    place,
  },
  versionInfo: {},
});

let server: GatewayServer | undefined;
const accepted: WebSocket[] = [];
afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.terminate();
  await server?.close();
});

async function open(connectionsMax = 10, secure: Parameters<typeof openGatewayServer>[0]["secure"] = null) {
  const seen: string[] = [];
  server = await openGatewayServer({
    host: "127.0.0.1",
    port: 0,
    secure,
    connectionsMax,
    admit: async (kind, request) => {
      seen.push(`${kind} ${request.path}?${request.query}`);
      return admitted(kind);
    },
    onSocket: (socket) => void accepted.push(socket),
    onRefusal: () => undefined,
  });
  return { port: server.port, seen };
}

/** The status an upgrade is answered with; 101 for one that went through. */
const upgrade = (port: number, path: string) =>
  new Promise<number>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    socket.on("open", () => resolve(101));
    socket.on("unexpected-response", (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on("error", () => undefined);
    accepted.push(socket);
  });

describe("the port", () => {
  test.each([
    ["/healthz", 200, { status: "ok" }],
    ["/acs/ws", 404, { message: "Not Found" }],
    ["/other", 404, { message: "Not Found" }],
  ])("answers a request for %s with %i", async (path, status, body) => {
    const { port } = await open();
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
  });

  test.each([
    ["/acs/ws?a=b", "acs /acs/ws?a=b"],
    ["/acs/ws/", "acs /acs/ws/?"],
    ["//tcs/ws?x", "tcs //tcs/ws?x"],
  ])("upgrades %s, whatever slashes an agent joined its endpoint with", async (path, expected) => {
    const { port, seen } = await open();
    expect(await upgrade(port, path)).toBe(101);
    expect(seen).toEqual([expected]);
  });

  test("refuses an upgrade of any other path, and those beyond its limit", async () => {
    const { port } = await open(1);
    expect(await upgrade(port, "/console")).toBe(404);
    expect(await upgrade(port, "/acs/ws")).toBe(101);
    expect(await upgrade(port, "/tcs/ws")).toBe(503);
  });

  test("frees a place when a connection ends", async () => {
    const { port } = await open(1);
    expect(await upgrade(port, "/acs/ws")).toBe(101);
    for (const socket of accepted) socket.terminate();
    await expect.poll(() => upgrade(port, "/acs/ws"), { timeout: 5_000 }).toBe(101);
  });

  test("refuses once it is to stop, and keeps what is open", async () => {
    const { port } = await open();
    expect(await upgrade(port, "/acs/ws")).toBe(101);
    server?.stopAccepting();
    expect(await upgrade(port, "/acs/ws")).toBe(503);
    expect(accepted[0]?.readyState).toBe(WebSocket.OPEN);
  });
});

test("the port for other machines takes sockets over TLS, within the same limit as the other", async () => {
  const log = createLogger({ service: "test", level: "silent" });
  const config = { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: [] };
  const identity = await openTls({ db: standInAuthorityDb(), masterKeys, log, config });
  if (!identity) throw new Error("no identity");
  const { port } = await open(2, { identity, port: 0 });
  const over = (url: string, ca?: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url, ca === undefined ? {} : { ca });
      accepted.push(socket);
      socket.on("open", () => resolve("open"));
      socket.on("error", (error) => resolve(error.message));
    });
  const secure = `wss://127.0.0.1:${server?.securePort}/acs/ws`;
  expect(await over(secure, identity.authorityPem)).toBe("open");
  expect(await over(secure)).toMatch(/certificate/);
  expect(await over(`ws://127.0.0.1:${port}/acs/ws`)).toBe("open");
  expect(await over(secure, identity.authorityPem)).toContain("503");
  await identity.stop();
});
