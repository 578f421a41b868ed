import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Db } from "@roadstead/db/connect";
import { migrate } from "@roadstead/db/migrate";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Client, createClient } from "./registry-client.test-data.ts";
import { ACCOUNT, useRegistries } from "./registry-fixture.ts";
import type { RunningRegistry } from "./start.ts";

const WAIT = { timeout: 15_000, interval: 50 };
const folder = mkdtempSync(join(tmpdir(), "roadstead-blobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const registries = useRegistries(usePostgres({ migrate }), useRedis(), () => ({
  ROADSTEAD_BLOB_DIR: folder,
}));

let registry: RunningRegistry;
let client: Client;
beforeEach(async () => {
  await registries.repository("team/web");
  registry = await registries.open();
  client = registries.client(registry);
});
const as = (password: string) => createClient(registry.port, password);
const arn = (name: string, accountId = ACCOUNT) => `arn:aws:ecr:us-east-1:${accountId}:repository/${name}`;

describe("a password", () => {
  test("is asked for, and one that is not ours is refused, as ECR does", async () => {
    const bare = await fetch(`${client.base}/v2/`);
    expect([bare.status, await bare.text(), bare.headers.get("www-authenticate")]).toEqual([
      401,
      "Not Authorized\n",
      `Basic realm="${client.base}/",service="ecr.amazonaws.com"`,
    ]);
    expect((await as("made-up").send("GET", "/v2/")).status).toBe(401);
    expect((await client.send("GET", "/v2/")).status).toBe(200);
  });

  test("that has ended is refused in ECR's words", async () => {
    const { accessKeyId } = await registries.userWith([]);
    const late = await as(registries.password(accessKeyId, Date.now() - 1)).send("GET", "/v2/");
    expect([late.status, late.code, late.message]).toEqual([
      403,
      "DENIED",
      "Your authorization token has expired. Reauthenticate and try again.",
    ]);
  });

  test("stops working within seconds when its access key is made inactive or deleted", async () => {
    const { accessKeyId } = await registries.userWith([]);
    const user = as(registries.password(accessKeyId));
    const status = async () => (await user.send("GET", "/v2/")).status;
    expect(await status()).toBe(200);
    const db = registries.db();
    await db.query("UPDATE access_keys SET status = 'Inactive' WHERE access_key_id = $1", [accessKeyId]);
    await expect.poll(status, WAIT).toBe(401);
    await db.query("UPDATE access_keys SET status = 'Active' WHERE access_key_id = $1", [accessKeyId]);
    await expect.poll(status, WAIT).toBe(200);
    await db.query("DELETE FROM access_keys WHERE access_key_id = $1", [accessKeyId]);
    await expect.poll(status, WAIT).toBe(401);
  });
});

describe("a password of a role's session", () => {
  test("pulls what the role may pull, and ends with the role", async () => {
    await client.pushImage("team/web", "v1");
    const pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    const session = await registries.roleSession([
      { Effect: "Allow", Action: pull, Resource: arn("team/*") },
    ]);
    const of = (token?: string) => as(registries.password(session.accessKeyId, undefined, token));
    const status = async (token?: string) =>
      (await of(token).send("GET", "/v2/team/web/manifests/v1")).status;
    expect(await status(session.sessionToken)).toBe(200);
    const push = await of(session.sessionToken).send("POST", "/v2/team/web/blobs/uploads/");
    expect([push.status, push.code]).toEqual([403, "DENIED"]);
    expect(push.message).toContain(`User: arn:aws:sts::${ACCOUNT}:assumed-role/puller/s is not authorized`);
    const db = registries.db();
    await db.query("DELETE FROM roles WHERE role_id = $1", [session.roleId]);
    await expect.poll(() => status(session.sessionToken), WAIT).toBe(401);
  });

  test("is nothing without the session's token", async () => {
    const session = await registries.roleSession([{ Effect: "Allow", Action: "*", Resource: "*" }]);
    expect((await as(registries.password(session.accessKeyId)).send("GET", "/v2/")).status).toBe(401);
  });
});

describe("a policy", () => {
  test("that allows pulling allows no pushing, and says what is missing", async () => {
    await client.pushImage("team/web", "v1");
    const pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    const { accessKeyId, userId } = await registries.userWith([
      { Effect: "Allow", Action: pull, Resource: arn("team/*") },
    ]);
    const user = as(registries.password(accessKeyId));
    expect((await user.send("GET", "/v2/team/web/manifests/v1")).status).toBe(200);
    const push = await user.send("POST", "/v2/team/web/blobs/uploads/");
    const refused = `User: arn:aws:iam::${ACCOUNT}:user/${userId} is not authorized to perform: ecr:InitiateLayerUpload on resource: ${arn("team/web")}`;
    expect([push.status, push.code]).toEqual([403, "DENIED"]);
    expect(push.message).toContain(refused);
    const denials = [
      ["PUT", "/v2/team/web/manifests/v1"],
      ["DELETE", "/v2/team/web/manifests/v1"],
      ["GET", "/v2/team/web/tags/list"],
      ["PATCH", "/v2/team/web/blobs/uploads/x"],
      ["GET", "/v2/other/manifests/v1"],
    ] as const;
    for (const [method, path] of denials) expect((await user.send(method, path)).code).toBe("DENIED");
  });

  test("limits what a list of repositories shows and what a mount takes", async () => {
    await registries.repository("secret");
    const digest = await client.pushBlob("secret", Buffer.from("x"));
    const { accessKeyId } = await registries.userWith([
      { Effect: "Allow", Action: "ecr:*", Resource: arn("team/*") },
    ]);
    const user = as(registries.password(accessKeyId));
    expect((await user.send("GET", "/v2/_catalog")).json()).toEqual({ repositories: ["team/web"] });
    expect((await client.send("GET", "/v2/_catalog")).json()).toEqual({
      repositories: ["secret", "team/web"],
    });
    for (const query of [`mount=${digest}&from=secret`, `mount=${digest}`]) {
      expect((await user.send("POST", `/v2/team/web/blobs/uploads/?${query}`)).status).toBe(202);
    }
  });

  test("of one account reaches no repository of another, whatever it allows", async () => {
    const other = "111122223333";
    await registries.db().query("INSERT INTO accounts (account_id, name) VALUES ($1, 'other')", [other]);
    await registries.repository("team/web", { accountId: other });
    const path = `/v2/${other}.us-east-1/team/web/tags/list`;
    const refused = await client.send("GET", path);
    expect([refused.code, refused.message]).toEqual([
      "DENIED",
      expect.stringContaining(
        `ecr:ListImages on resource: ${arn("team/web", other)} because no resource-based`,
      ),
    ]);
  });
});

test("a repository that is not there is unknown in ECR's words, also for a push", async () => {
  for (const [method, path] of [
    ["GET", "/v2/none/manifests/v1"],
    ["POST", "/v2/none/blobs/uploads/"],
  ] as const) {
    const answer = await client.send(method, path);
    expect([answer.status, answer.code, answer.message]).toEqual([
      404,
      "NAME_UNKNOWN",
      `The repository with name 'none' does not exist in the registry with id '${ACCOUNT}'`,
    ]);
  }
});

describe("of two pushes of different images to one tag at once", () => {
  const push = async (tag: string) => {
    const images = await Promise.all(
      ["a", "b"].map((name) => client.pushImage("team/web", name, Buffer.from(name))),
    );
    const other = registries.client(await registries.open());
    const [first, second] = images.map(({ bytes }) => bytes) as [Buffer, Buffer];
    const answers = await Promise.all([
      client.pushManifest("team/web", tag, first),
      other.pushManifest("team/web", tag, second),
    ]);
    const tagged = await client.send("GET", `/v2/team/web/manifests/${tag}`);
    return { answers, images, digest: tagged.headers.get("docker-content-digest") };
  };

  test("each is acknowledged, and the tag is one of them", async () => {
    const { answers, images, digest } = await push("latest");
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(images.map((image) => image.digest)).toContain(digest);
  });

  test("one is refused where tags are immutable, and the other stays", async () => {
    await registries.db().query("UPDATE repositories SET tag_mutability = 'IMMUTABLE'");
    const { answers, images, digest } = await push("latest");
    const won = answers.findIndex(({ status }) => status === 201);
    const lost = answers[1 - won];
    expect([lost?.status, lost?.code, lost?.message]).toEqual([
      400,
      "TAG_INVALID",
      "The image tag 'latest' already exists in the 'team/web' repository and cannot be overwritten because the repository is immutable.",
    ]);
    expect(digest).toBe(images[won]?.digest);
    const again = await client.pushManifest("team/web", "latest", images[won]?.bytes ?? Buffer.alloc(0));
    expect(again.status).toBe(201);
  });

  test.each([
    ["IMMUTABLE_WITH_EXCLUSION", "dev-1", 201],
    ["IMMUTABLE_WITH_EXCLUSION", "devX1", 400],
    ["MUTABLE_WITH_EXCLUSION", "dev-1", 400],
    ["MUTABLE_WITH_EXCLUSION", "release", 201],
  ])("%s decides by its filters about %s", async (mutability, tag, status) => {
    const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];
    await registries
      .db()
      .query("UPDATE repositories SET tag_mutability = $1, tag_mutability_exclusion_filters = $2", [
        mutability,
        JSON.stringify(filters),
      ]);
    const first = await client.pushImage("team/web", tag, Buffer.from("1"));
    const second = { ...JSON.parse(first.bytes.toString()), annotations: { other: "yes" } };
    expect((await client.pushManifest("team/web", tag, second)).status).toBe(status);
  });
});

test("what was pulled before is pulled again while PostgreSQL is away, until the password ends", async () => {
  const real = registries.db();
  let away = false;
  const gate = <T>(call: () => Promise<T>) => (away ? Promise.reject(new Error("away")) : call());
  const db: Db = {
    query: (...statement) => gate(() => real.query(...statement)),
    read: (load) => gate(() => real.read(load)),
    write: (change) => gate(() => real.write(change)),
    close: real.close,
  };
  const cut = registries.client(await registries.open({}, { db }));
  const image = await client.pushImage("team/web", "v1");
  const pull = async () => {
    const paths = [
      "manifests/v1",
      `manifests/${image.digest}`,
      `blobs/${image.layer}`,
      `blobs/${image.config}`,
    ];
    const answers = await Promise.all(paths.map((path) => cut.send("GET", `/v2/team/web/${path}`)));
    return answers.map(({ status }) => status);
  };
  expect(await pull()).toEqual([200, 200, 200, 200]);
  away = true;
  const until = Date.now() + 2_500;
  // Long enough for everything that was remembered to have gone stale.
  await expect
    .poll(async () => [await pull(), Date.now() > until], WAIT)
    .toEqual([[200, 200, 200, 200], true]);
  expect((await cut.send("GET", "/v2/team/web/manifests/other")).status).toBe(500);
  away = false;
});

test("another replica's push and removal are seen within a second or so", async () => {
  const other = registries.client(await registries.open());
  const first = await client.pushImage("team/web", "v1", Buffer.from("1"));
  const digestAt = async () =>
    (await other.send("GET", "/v2/team/web/manifests/v1")).headers.get("docker-content-digest");
  expect(await digestAt()).toBe(first.digest);
  const second = await client.pushImage("team/web", "v1", Buffer.from("2"));
  await expect.poll(digestAt, WAIT).toBe(second.digest);
  await client.send("DELETE", `/v2/team/web/manifests/${second.digest}`);
  await expect.poll(digestAt, WAIT).toBeNull();
});

test("other machines pull over TLS what was pushed plainly, if they are to be served at all", async () => {
  expect(registry.tlsPort).toBeNull();
  const image = await client.pushImage("team/web", "v1");
  const { tlsPort } = await registries.open({
    ROADSTEAD_TLS_LISTEN_HOST: "127.0.0.1",
    ROADSTEAD_TLS_REGISTRY_PORT: "0",
  });
  const url = `https://127.0.0.1:${tlsPort}/v2/team/web/manifests/v1`;
  const options = {
    rejectUnauthorized: false,
    agent: false,
    headers: { authorization: client.authorization },
  };
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });
  expect(bytes.equals(image.bytes)).toBe(true);
});
