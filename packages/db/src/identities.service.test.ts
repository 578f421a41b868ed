/** Guarantees of accounts, users, access keys and agents on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  mintUniqueId,
  resolveAccessKey,
  setAccessKeyStatus,
} from "./access-keys.ts";
import { bootstrapAccount, FIRST_ACCOUNT_ID, mintAccountId } from "./accounts.ts";
import { bindAgent, createAgentKey } from "./agents.ts";
import { ensureScope, findScope } from "./scopes.ts";
import { createSecretBox } from "./secrets.ts";
import {
  deleteUser,
  deleteUserPolicy,
  findUser,
  insertUser,
  listUserPolicies,
  listUsers,
  putUserPolicy,
} from "./users.ts";
import { aScope, aWorld, box, REGION, useDb } from "./world.test-data.ts";

const at = useDb();
const accountId = FIRST_ACCOUNT_ID;

const newUser = (name: string, path = "/") =>
  at.db.write(async (tx) => insertUser(tx, { accountId, name, path, tags: [] }));
async function aUser(name = "ann") {
  await aScope(at.db);
  const user = await newUser(name);
  if (!user) throw new Error("not made");
  return user;
}
const newKey = (userId: string) =>
  at.db.write((tx) => createAccessKey(tx, box, { accountId, userId, agentId: null }));

test("identifiers look as AWS mints them and are not those of the first account", () => {
  expect(mintUniqueId("AKIA")).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(mintAccountId()).toMatch(/^[1-9][0-9]{11}$/);
});

test("an account can be made again: one administrator, one more key", async () => {
  const account = { accountId, name: "first", regions: [REGION, "us-east-1"] };
  const keys = [await bootstrapAccount(at.db, box, account), await bootstrapAccount(at.db, box, account)];
  const holders = await Promise.all(keys.map((key) => resolveAccessKey(at.db, box, key.accessKeyId)));
  expect(new Set(holders.map((holder) => holder?.principal.arn)).size).toBe(1);
  expect(holders[0]).toMatchObject({
    accountId,
    status: "Active",
    secretAccessKey: keys[0]?.secretAccessKey,
    principal: { kind: "user", userName: "administrator", policies: [{ name: "AdministratorAccess" }] },
  });
  expect(await findScope(at.db, { accountId, region: "us-east-1" })).not.toBeNull();
});

test("a scope is made once however many ask at the same time", async () => {
  await aScope(at.db);
  const place = { accountId, region: "xx-new-1" };
  expect(await findScope(at.db, place)).toBeNull();
  const made = await Promise.all(
    Array.from({ length: 4 }, () => at.db.write((tx) => ensureScope(tx, place))),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
});

describe("a user", () => {
  test("has a name that is taken whatever its case, and is found by either", async () => {
    const ann = await aUser("Ann");
    expect(await newUser("aNN")).toBeNull();
    expect(await findUser(at.db, accountId, "ann")).toMatchObject({ userId: ann.userId, name: "Ann" });
    expect(await findUser(at.db, "999999999999", "ann")).toBeNull();
  });

  test("is listed by path, page after page, each once", async () => {
    await aScope(at.db);
    for (const name of ["b", "A", "c", "_x", "D"]) await newUser(name, name === "c" ? "/ops/" : "/");
    const names: string[] = [];
    for (let after = ""; ; ) {
      const page = await at.db.read((tx) =>
        listUsers(tx, { accountId, pathPrefix: "/", afterName: after, limit: 2 }),
      );
      names.push(...page.map(({ name }) => name));
      if (page.length < 2) break;
      after = page.at(-1)?.name ?? "";
    }
    expect([...names].sort()).toEqual(["A", "D", "_x", "administrator", "b", "c"]);
    const ops = await at.db.read((tx) =>
      listUsers(tx, { accountId, pathPrefix: "/ops", afterName: "", limit: 9 }),
    );
    expect(ops.map(({ name }) => name)).toEqual(["c"]);
  });

  test("keeps one document a policy name, listed in byte order", async () => {
    const { userId } = await aUser();
    await at.db.write(async (tx) => {
      for (const name of ["b", "C", "a"]) await putUserPolicy(tx, userId, { name, document: "1" });
      await putUserPolicy(tx, userId, { name: "a", document: "2" });
    });
    expect(await listUserPolicies(at.db, userId)).toEqual([
      { name: "C", document: "1" },
      { name: "a", document: "2" },
      { name: "b", document: "1" },
    ]);
    expect(await at.db.write((tx) => deleteUserPolicy(tx, userId, "a"))).toBe(true);
    expect(await at.db.write((tx) => deleteUserPolicy(tx, userId, "a"))).toBe(false);
  });

  test("cannot be deleted from under its keys", async () => {
    const { userId } = await aUser();
    await newKey(userId);
    await expect(at.db.write((tx) => deleteUser(tx, userId))).rejects.toThrow("access_keys");
  });
});

describe("an access key", () => {
  test("resolves to its user with status and policies as they stand", async () => {
    const { userId } = await aUser();
    const key = await newKey(userId);
    await at.db.write(async (tx) => {
      await putUserPolicy(tx, userId, { name: "p", document: "{}" });
      await setAccessKeyStatus(tx, { userId, accessKeyId: key.accessKeyId, status: "Inactive" });
    });
    expect(await resolveAccessKey(at.db, box, key.accessKeyId)).toMatchObject({
      status: "Inactive",
      secretAccessKey: key.secretAccessKey,
      principal: {
        arn: `arn:aws:iam::${accountId}:user/ann`,
        userId,
        policies: [{ name: "p", document: "{}" }],
      },
    });
  });

  test("is kept sealed, and is nobody's without the master key", async () => {
    const { userId } = await aUser();
    const key = await newKey(userId);
    const rows = await at.db.query<{ sealed: string }>("SELECT sealed_secret AS sealed FROM access_keys");
    expect(JSON.stringify(rows)).not.toContain(key.secretAccessKey);
    const other = createSecretBox([{ id: "a", key: new Uint8Array(32) }], "test");
    expect(await resolveAccessKey(at.db, other, key.accessKeyId)).toBeNull();
    expect(await resolveAccessKey(at.db, box, "AKIAUNKNOWN")).toBeNull();
  });

  test("obeys its own user alone", async () => {
    const ann = await aUser();
    const bob = await newUser("bob");
    const key = await newKey(ann.userId);
    const { accessKeyId } = key;
    await at.db.write(async (tx) => {
      const theirs = { userId: bob?.userId ?? "", accessKeyId, status: "Inactive" as const };
      expect(await setAccessKeyStatus(tx, theirs)).toBe(false);
      expect(await deleteAccessKey(tx, theirs.userId, accessKeyId)).toBe(false);
      expect(await deleteAccessKey(tx, ann.userId, accessKeyId)).toBe(true);
    });
    expect(await listAccessKeys(at.db, ann.userId)).toEqual([]);
  });
});

test("an agent's key names its cluster, then its instance, and nothing once it is revoked", async () => {
  const world = await aWorld(at.db);
  const { accessKeyId } = await createAgentKey(at.db, box, { scope: world.scope, clusterName: "default" });
  const principal = async () => (await resolveAccessKey(at.db, box, accessKeyId))?.principal;
  const agent = await principal();
  expect(agent).toMatchObject({
    kind: "agent",
    clusterName: "default",
    region: REGION,
    containerInstanceId: null,
  });
  if (agent?.kind !== "agent") throw new Error("no agent");
  await at.db.write((tx) => bindAgent(tx, agent.agentId, world.instance.id));
  expect(await principal()).toMatchObject({ containerInstanceId: world.instance.id });
  await at.db.query("UPDATE agents SET revoked_at = now()");
  expect(await principal()).toBeUndefined();
});
