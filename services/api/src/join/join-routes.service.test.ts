/** What a machine meets at the port for other machines, on real PostgreSQL and over TLS. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import { resolveAccessKey } from "@roadstead/db/access-keys";
import { listAgents } from "@roadstead/db/agents";
import { createJoinToken } from "@roadstead/db/join-tokens";
import { findScope } from "@roadstead/db/scopes";
import { createSecretBox } from "@roadstead/db/secrets";
import { createLogger } from "@roadstead/service-kit/log";
import { openTls, type TlsIdentity } from "@roadstead/tls/open-tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, REGION, useApi } from "../api.test-data.ts";
import { type Listening, listen } from "../listen.ts";
import { gatewayUrlFor } from "./hosts.ts";
import { openJoinFiles } from "./join-files.ts";
import { joinRoutes } from "./join-routes.ts";

const api = useApi();
const log = createLogger({ service: "test", level: "silent" });
const masterKeys = [{ id: "k", key: randomBytes(32) }];
const secrets = createSecretBox(masterKeys, "access-keys");
const NAME = "control.test";
const CLAIM = "claim-of-one-machine";
const AGENT = "// the agent's program\n";

let identity: TlsIdentity;
let server: Listening;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "join-files-"));
  for (const name of ["agent", "supervisor", "machine"]) await writeFile(join(folder, `${name}.mjs`), AGENT);
  const config = { ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1", ROADSTEAD_TLS_NAMES: [NAME] };
  const opened = await openTls({ db: api.db, masterKeys, log, config });
  if (!opened) throw new Error("no identity");
  identity = opened;
  const files = openJoinFiles(folder);
  const { isName } = identity;
  server = await listen(
    api.app,
    { host: "127.0.0.1", port: 0 },
    {
      identity,
      join: joinRoutes({
        db: api.db,
        secrets,
        identity,
        files,
        registry: { port: 4751, name: "127.0.0.1:4701" },
        log,
      }),
      settingsFor(host) {
        const gatewayUrl = gatewayUrlFor(host, { isName, port: 4752 });
        return gatewayUrl === null ? {} : { gatewayUrl };
      },
    },
  );
});
afterEach(async () => {
  await server.close();
  await identity.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ask {
  readonly token?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (path: string, { token, body, headers = {} }: Ask = {}) =>
  new Promise<{ readonly status: number; readonly bytes: Buffer; readonly text: string }>(
    (resolve, reject) => {
      const outgoing = request(
        `https://127.0.0.1:${server.port}${path}`,
        {
          ca: identity.authorityPem,
          servername: NAME,
          agent: false,
          method: body === undefined ? "GET" : "POST",
          headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const bytes = Buffer.concat(chunks);
            resolve({ status: incoming.statusCode ?? 0, bytes, text: bytes.toString("utf8") });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    },
  );

async function aToken(ttlMs = 60_000): Promise<string> {
  const scope = await findScope(api.db, { accountId: ACCOUNT, region: REGION });
  if (!scope) throw new Error("no scope");
  const made = await api.db.write((tx) => createJoinToken(tx, { scope, clusterName: "default", ttlMs }));
  return made.secret;
}

const exchange = (token: string, claim = CLAIM) =>
  ask("/agent/join", { token, body: JSON.stringify({ claim, machineName: "machine-2" }) });

describe("a token", () => {
  test("is exchanged for a key that is an agent's, and for where the registry is", async () => {
    const { status, text } = await exchange(await aToken());
    expect(status).toBe(200);
    const answer = JSON.parse(text) as { accessKeyId: string; secretAccessKey: string };
    expect(answer).toMatchObject({
      accountId: ACCOUNT,
      region: REGION,
      clusterName: "default",
      registryPort: 4751,
      registryName: "127.0.0.1:4701",
    });
    expect(await resolveAccessKey(api.db, secrets, answer.accessKeyId)).toMatchObject({
      secretAccessKey: answer.secretAccessKey,
      principal: { kind: "agent", containerInstanceId: null },
    });
  });

  test("lets one of several machines in that race, and tells the others why not", async () => {
    const token = await aToken();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => exchange(token, `${CLAIM} ${n}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.text).toContain("was used already");
    expect(await listAgents(api.db)).toHaveLength(1);
  });

  test.each([
    ["an expired one", () => aToken(0), 410, "expired"],
    ["one that never was", async () => "x".repeat(43), 401, "not known here"],
    ["none", async () => "", 401, "not known here"],
    ["one that is no token", async () => "' OR 1=1 --", 401, "not known here"],
  ])("%s makes no agent", async (_, make, status, says) => {
    const token = await make();
    const answer = await exchange(token);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(says)]);
    expect((await ask("/agent/token", { token })).text).toContain(says);
    expect((await ask("/agent/files/agent.mjs.gz", { token })).status).toBe(status);
    expect(await listAgents(api.db)).toEqual([]);
  });

  test.each(["", "null", "[]", '{"claim":"short"}', `{"claim":"${"c".repeat(200)}","machineName":"m"}`, "{"])(
    "is not spent by a request that is not readable: %j",
    async (body) => {
      const token = await aToken();
      expect((await ask("/agent/join", { token, body })).status).toBe(400);
      expect((await ask("/agent/token", { token })).text).toBe("open");
    },
  );

  test.each([{}, { "transfer-encoding": "chunked" }])(
    "is not spent by a body that is too large (%j)",
    async (headers) => {
      const token = await aToken();
      const { status } = await ask("/agent/join", { token, headers, body: "x".repeat(10_000) });
      expect(status).toBe(413);
      expect((await ask("/agent/token", { token })).text).toBe("open");
    },
  );
});

describe("the installer", () => {
  const script = async (host = `${NAME}:4750`) => ask("/agent/install.sh", { headers: { host } });

  test("is a shell script that names this control plane as it was called, its authority and every checksum", async () => {
    const { status, text } = await script();
    expect(status).toBe(200);
    execFileSync("sh", ["-n"], { input: text });
    expect(text).toContain(`url='https://${NAME}:4750'`);
    expect(text).toContain(identity.authorityPem.trim());
    expect(text).toContain(`get agent.mjs ${createHash("sha256").update(AGENT).digest("hex")}\n`);
    const wanted = spawnSync("sh", ["-s"], { input: text, env: { PATH: process.env.PATH } });
    expect([wanted.status, String(wanted.stderr)]).toEqual([1, expect.stringContaining("token is missing")]);
  });

  test.each(["evil.test", "127.0.0.1:4750'; touch x; '", "$(id)", "10.9.8.7:4750"])(
    "is not written for a host that is not ours: %j",
    async (host) => expect((await script(host)).text.slice(0, 9)).not.toBe("#!/bin/sh"),
  );

  test("is not offered when a program is missing", async () => {
    await rm(join(folder, "agent.mjs"));
    expect((await script()).status).toBe(503);
  });

  test("finds the programs it names, whole, for who has an open token", async () => {
    const { status, bytes } = await ask("/agent/files/agent.mjs.gz", { token: await aToken() });
    expect([status, gunzipSync(bytes).toString()]).toEqual([200, AGENT]);
  });

  test.each([
    "/agent/files/..%2f..%2fetc%2fpasswd.gz",
    "/agent/files/ca.key.gz",
    "/agent/other",
    "/agent/files/",
  ])("finds nothing else: %s", async (path) =>
    expect((await ask(path, { token: await aToken() })).status).toBe(404),
  );
});

describe("DiscoverPollEndpoint", () => {
  const discover = async (host: string) => {
    const keys = api.administrator();
    const { host: _host, ...headers } = signV4({
      method: "POST",
      url: `https://${host}/`,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerServiceV20141113.DiscoverPollEndpoint",
      },
      body: "{}",
      region: REGION,
      service: "ecs",
      credentials: keys,
      now: new Date(),
    });
    const { text } = await ask("/", { body: "{}", headers: { ...headers, host } });
    return (JSON.parse(text) as { readonly endpoint?: string }).endpoint;
  };

  test("names the gateway by the name or address that the machine called, and over TLS", async () => {
    expect(await discover(`${NAME}:4750`)).toBe(`https://${NAME}:4752/acs`);
    expect(await discover("127.0.0.1:4750")).toBe("https://127.0.0.1:4752/acs");
  });

  test("leads nobody to a host that is not ours", async () =>
    expect(await discover("evil.test:4750")).toBe("http://gateway.test/acs"));
});
