import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@roadstead/db/migrate";
import { claimUpload, findUpload } from "@roadstead/db/uploads";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type Client, digestOf } from "./registry-client.test-data.ts";
import { useRegistries } from "./registry-fixture.ts";
import type { RunningRegistry } from "./start.ts";

const WAIT = { timeout: 10_000, interval: 10 };
const folder = mkdtempSync(join(tmpdir(), "roadstead-blobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const registries = useRegistries(usePostgres({ migrate }), useRedis(), () => ({
  ROADSTEAD_BLOB_DIR: folder,
}));

let repositoryId: string;
let registry: RunningRegistry;
let client: Client;
beforeEach(async () => {
  repositoryId = (await registries.repository("repo")).id;
  registry = await registries.open();
  client = registries.client(registry);
});

const begin = async (by = client) =>
  (await by.send("POST", "/v2/repo/blobs/uploads/")).headers.get("location") ?? "";
const receivedBy = async (location: string, by = client) => {
  const status = await by.send("GET", location);
  return Number(status.headers.get("range")?.split("-")[1]) + 1;
};
const idOf = (location: string) => location.split("/").at(-1) ?? "";
const expectPullable = async (bytes: Uint8Array) => {
  const blob = await client.send("GET", `/v2/repo/blobs/${digestOf(bytes)}`);
  expect([blob.status, blob.bytes.equals(bytes)]).toEqual([200, true]);
};

/** Sends a part and then hangs until the connection is cut. */
function hangingPatch(location: string, part: Uint8Array, by = client) {
  const cut = new AbortController();
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(part) });
  const ended = by.send("PATCH", location, { body, signal: cut.signal }).catch(() => "cut");
  return { cut: () => cut.abort(), ended };
}

test("a client that vanishes in the middle asks how much came, and goes on there", async () => {
  const bytes = randomBytes(5_000_000);
  const location = await begin();
  const patch = hangingPatch(location, bytes.subarray(0, 3_000_000));
  await expect.poll(() => bytesStored(location), WAIT).toBeGreaterThan(0);
  patch.cut();
  await patch.ended;
  await expect.poll(() => findWriter(location), WAIT).toBe(false);
  const received = await receivedBy(location);
  expect(received).toBeGreaterThan(0);
  const rest = await client.send("PATCH", location, {
    body: bytes.subarray(received),
    headers: { "content-range": `${received}-${bytes.length - 1}` },
  });
  expect(rest.status).toBe(202);
  expect((await client.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  await expectPullable(bytes);
});

test("a client that comes again while its dead connection still seems open takes the upload over", async () => {
  const bytes = randomBytes(2_000_000);
  const location = await begin();
  const patch = hangingPatch(location, bytes.subarray(0, 1_000_000));
  await expect.poll(() => findWriter(location), WAIT).toBe(true);
  await client.send("PATCH", location, { body: Buffer.alloc(0) });
  expect(await patch.ended).toBe("cut");
  const received = await receivedBy(location);
  const put = await client.send("PUT", `${location}?digest=${digestOf(bytes)}`, {
    body: bytes.subarray(received > 1 ? received : 0),
  });
  expect(put.status).toBe(201);
  await expectPullable(bytes);
});

test("an upload whose writer died with its process is gone on with by another replica", async () => {
  const bytes = randomBytes(1_000_000);
  const location = await begin();
  await client.send("PATCH", location, { body: bytes.subarray(0, 400_000) });
  const dead = { repositoryId, id: idOf(location), writer: "dead" };
  expect(await claimUpload(registries.db(), dead)).not.toBeNull();
  const other = registries.client(await registries.open());
  expect(await receivedBy(location, other)).toBe(400_000);
  const rest = await other.send("PATCH", location, {
    body: bytes.subarray(400_000),
    headers: { "content-range": "400000-999999" },
  });
  expect(rest.status).toBe(202);
  expect((await findUpload(registries.db(), repositoryId, idOf(location)))?.doubtful).toBe(true);
  expect((await other.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  await expectPullable(bytes);
});

test("two replicas may take turns at one upload, and a wrong digest is noticed by both", async () => {
  const other = registries.client(await registries.open());
  const bytes = randomBytes(900_000);
  for (const digest of [digestOf(bytes), digestOf(Buffer.from("other"))]) {
    const location = await begin();
    for (const [index, by] of [client, other, client].entries()) {
      const start = index * 300_000;
      const patch = await by.send("PATCH", location, {
        body: bytes.subarray(start, start + 300_000),
        headers: { "content-range": `${start}-${start + 299_999}` },
      });
      expect(patch.headers.get("range")).toBe(`0-${start + 299_999}`);
    }
    const put = await other.send("PUT", `${location}?digest=${digest}`);
    expect(put.status).toBe(digest === digestOf(bytes) ? 201 : 400);
  }
  await expectPullable(bytes);
});

test("of many that push the same content at once each succeeds, and one object is kept", async () => {
  const before = files().length;
  const other = registries.client(await registries.open());
  const bytes = randomBytes(100_000);
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => (index % 2 ? client : other).pushBlob("repo", bytes)),
  );
  await expectPullable(bytes);
  await expect.poll(() => files().length, WAIT).toBe(before + 1);
});

test("more bodies than may be received at a time wait their turn; more than may wait are told to come again", async () => {
  const narrow = registries.client(
    await registries.open({ ROADSTEAD_REGISTRY_UPLOADS: "1", ROADSTEAD_REGISTRY_UPLOADS_WAITING: "1" }),
  );
  const location = await begin(narrow);
  const first = hangingPatch(location, randomBytes(300_000), narrow);
  await expect.poll(() => findWriter(location), WAIT).toBe(true);
  const statuses: number[] = [];
  const others = [1, 2, 3].map(async () => {
    const bytes = randomBytes(300_000);
    const path = `/v2/repo/blobs/uploads/?digest=${digestOf(bytes)}`;
    statuses.push((await narrow.send("POST", path, { body: bytes })).status);
  });
  await expect.poll(() => statuses, WAIT).toEqual([429, 429]);
  first.cut();
  await Promise.all([first.ended, ...others]);
  expect(statuses).toEqual([429, 429, 201]);
});

/** Whether a request writes to the upload now. */
async function findWriter(location: string): Promise<boolean> {
  const rows = await registries
    .db()
    .query<{ writer: string | null }>("SELECT store->>'writer' AS writer FROM uploads WHERE id = $1", [
      idOf(location),
    ]);
  return rows[0]?.writer != null;
}

const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

/** Bytes that the upload's file has, reported or not. */
async function bytesStored(location: string): Promise<number> {
  const [row] = await registries
    .db()
    .query<{ key: string }>("SELECT store->'state'->>'key' AS key FROM uploads WHERE id = $1", [
      idOf(location),
    ]);
  const name = row?.key.split("/").at(-1) ?? "none";
  const file = files().find((entry) => entry.name.includes(name));
  return file ? statSync(join(file.parentPath, file.name)).size : 0;
}
