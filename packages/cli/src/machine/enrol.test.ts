/** What a machine does with a token: whom it believes, what it writes, and that a refusal leaves nothing. */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@roadstead/service-kit/log";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import { openTls } from "@roadstead/tls/open-tls";
import { masterKeys, standInAuthorityDb } from "@roadstead/tls/stand-in-authority-db.test-data";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeJoinToken } from "../join-token.ts";
import { agentSpecification } from "./agent-process.ts";
import { enrol } from "./enrol.ts";
import { machineFiles, readMachine } from "./joined-machine.ts";

const log = createLogger({ service: "test", level: "silent" });
const SECRET = "s".repeat(43);
const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "enrol-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const GRANTED = {
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: "secret",
  accountId: "000000000000",
  region: "eu-west-1",
  clusterName: "edge",
  registryPort: 4999,
  registryName: "127.0.0.1:4701",
};

interface Stub {
  readonly address: string;
  readonly fingerprint: string;
  readonly claims: readonly string[];
}

/** A control plane that answers the exchange as told. */
async function controlPlane(answer: () => { status: number; body: object } | null): Promise<Stub> {
  const config = { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: [] };
  const identity = await openTls({ db: standInAuthorityDb(), masterKeys, log, config });
  if (!identity) throw new Error("no identity");
  const claims: string[] = [];
  const listener: RequestListener = (request, response) => {
    if (request.url === "/agent/ca.pem") return response.end(identity.authorityPem);
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    return request.on("end", () => {
      claims.push(`${request.headers.authorization} ${(JSON.parse(body) as { claim: string }).claim}`);
      const told = answer();
      if (told === null) return request.socket.destroy();
      response.statusCode = told.status;
      return response.end(JSON.stringify(told.body));
    });
  };
  const server = createTlsServer(identity, { connectionsMax: 10 }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await identity.stop();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, fingerprint: identity.fingerprint, claims };
}

const tokenOf = ({ fingerprint }: Stub, ...addresses: string[]) =>
  encodeJoinToken({ secret: SECRET, fingerprint, addresses });

const granting = () => controlPlane(() => ({ status: 200, body: GRANTED }));

describe("a machine with a token", () => {
  test("keeps its key, its authority and where everything is, for its owner alone", async () => {
    const plane = await granting();
    await enrol(folder, tokenOf(plane, plane.address), { ROADSTEAD_AGENT_CPU: "512", OTHER: "x" });
    const files = machineFiles(folder);
    expect(readMachine(folder)).toEqual({
      ...Object.fromEntries(Object.entries(GRANTED).filter(([name]) => !name.startsWith("registry"))),
      apiUrl: `https://${plane.address}`,
      registryUrl: "https://127.0.0.1:4999",
      dockerSocket: "/var/run/docker.sock",
      agentEnv: { ROADSTEAD_AGENT_CPU: "512", ROADSTEAD_AGENT_REGISTRY_LISTEN: "127.0.0.1:4701" },
    });
    for (const file of [files.machine, files.authority]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(files.launcher, "utf8")).toMatch(/^#!\/bin\/sh\n/);
    expect(plane.claims[0]).toContain(`Bearer ${SECRET} `);
  });

  test("finds the control plane at a later address when the first does not answer", async () => {
    const plane = await granting();
    await enrol(folder, tokenOf(plane, "127.0.0.1:1", plane.address), {});
    expect(readMachine(folder)?.apiUrl).toBe(`https://${plane.address}`);
  });

  test("asks again with the same claim when the answer was lost", async () => {
    let lost = 1;
    const plane = await controlPlane(() => (lost-- > 0 ? null : { status: 200, body: GRANTED }));
    await enrol(folder, tokenOf(plane, plane.address), {});
    expect(plane.claims).toHaveLength(2);
    expect(new Set(plane.claims).size).toBe(1);
  });

  test("never shows its token to a server of another authority", async () => {
    const [own, other] = [await granting(), await granting()];
    await expect(enrol(folder, tokenOf(own, other.address), {})).rejects.toThrow(
      "another control plane answers",
    );
    expect(other.claims).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ["a token that is refused", () => ({ status: 409, body: { message: "It was used." } }), "It was used."],
    ["an answer without reasons", () => ({ status: 500, body: {} }), "status 500"],
    ["an answer that lacks the key", () => ({ status: 200, body: { accountId: "0" } }), "not complete"],
    ["no answer at all", () => null, ""],
  ])("writes nothing after %s", async (_, answer, says) => {
    const plane = await controlPlane(answer);
    await expect(enrol(folder, tokenOf(plane, plane.address), {})).rejects.toThrow(says);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("writes nothing for a text that is no token", async () => {
    await expect(enrol(folder, "hello", {})).rejects.toThrow("no join token");
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("a joined machine's agent is told its control plane, its authority and its own key, over any finer setting", () => {
  const home = join(folder, "home");
  mkdirSync(home);
  const machine = {
    ...GRANTED,
    apiUrl: "https://192.0.2.10:4750",
    registryUrl: "https://192.0.2.10:4751",
    dockerSocket: "/run/docker.sock",
    agentEnv: { ROADSTEAD_AGENT_CPU: "512", ROADSTEAD_AGENT_DATA_DIR: "/elsewhere" },
  };
  const { env, command } = agentSpecification(home, machine, 4760);
  expect(command).toBe(join(home, "bin", "node"));
  expect(env).toMatchObject({
    ROADSTEAD_API_URL: "https://192.0.2.10:4750",
    ROADSTEAD_REGISTRY_URL: "https://192.0.2.10:4751",
    ROADSTEAD_CA_FILE: join(home, "ca.pem"),
    ROADSTEAD_CLUSTER: "edge",
    ROADSTEAD_AGENT_CPU: "512",
    ROADSTEAD_AGENT_DATA_DIR: join(home, "agent"),
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  });
});
