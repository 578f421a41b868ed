/** Guarantees of join tokens, the certificate authority and revoked agents on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import { resolveAccessKey } from "./access-keys.ts";
import { bindAgent, createAgentKey, findAgent, listAgents, revokeAgent } from "./agents.ts";
import { ensureCertificateAuthority } from "./certificate-authority.ts";
import { findContainerInstance, insertContainerInstance } from "./container-instances.ts";
import {
  createJoinToken,
  joinTokenState,
  openJoinTokens,
  redeemJoinToken,
  revokeJoinToken,
} from "./join-tokens.ts";
import { createSecretBox, parseMasterKeys } from "./secrets.ts";
import { findTasks } from "./tasks.ts";
import { aRegistration, aScope, aWorld, box, placedTasks, useDb } from "./world.test-data.ts";

const at = useDb();
const HOUR_MS = 3_600_000;

const aToken = async (ttlMs = HOUR_MS) => {
  const scope = await aScope(at.db);
  return at.db.write((tx) => createJoinToken(tx, { scope, clusterName: "default", ttlMs }));
};
const redeem = (secret: string, claim = "claim", name = "machine-2") =>
  redeemJoinToken(at.db, box, { secret, claim, name });

describe("a join token", () => {
  test("lets one machine in, with a key that is an agent's of its cluster", async () => {
    const { secret } = await aToken();
    const redeemed = await redeem(secret);
    if (redeemed.kind !== "joined") throw new Error(redeemed.kind);
    const holder = await resolveAccessKey(at.db, box, redeemed.joined.accessKeyId);
    expect(holder).toMatchObject({
      secretAccessKey: redeemed.joined.secretAccessKey,
      principal: { kind: "agent", clusterName: "default", containerInstanceId: null },
    });
    expect(await listAgents(at.db)).toMatchObject([{ machineName: "machine-2", isConnected: false }]);
  });

  test("is good for one of two machines that race, and tells the other so", async () => {
    const { secret } = await aToken();
    const claims = Array.from({ length: 6 }, (_, n) => `machine ${n}`);
    const outcomes = await Promise.all(claims.map((claim) => redeem(secret, claim)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["joined", ...Array(5).fill("used")]);
    expect(await listAgents(at.db)).toHaveLength(1);
  });

  test("answers the machine that used it again with the same key, and another never", async () => {
    const { secret } = await aToken();
    const first = await redeem(secret, "mine");
    expect(await redeem(secret, "mine")).toEqual(first);
    expect(await redeem(secret, "another's")).toEqual({ kind: "used" });
    const [agent] = await listAgents(at.db);
    await at.db.write((tx) => revokeAgent(tx, agent?.id ?? ""));
    expect(await redeem(secret, "mine")).toEqual({ kind: "used" });
  });

  test("lets nobody in once it expired or was revoked, or when it never was", async () => {
    const expired = await aToken(0);
    expect(await redeem(expired.secret)).toEqual({ kind: "expired" });
    const revoked = await aToken();
    expect(await at.db.write((tx) => revokeJoinToken(tx, revoked.id))).toBe(true);
    expect(await at.db.write((tx) => revokeJoinToken(tx, revoked.id))).toBe(false);
    expect(await redeem(revoked.secret)).toEqual({ kind: "revoked" });
    expect(await redeem("nothing")).toEqual({ kind: "unknown" });
    const states = [expired.secret, revoked.secret, "nothing"].map((secret) => joinTokenState(at.db, secret));
    expect(await Promise.all(states)).toEqual(["expired", "revoked", "unknown"]);
  });

  test("is listed while it is open, and its secret is nowhere", async () => {
    const open = await aToken();
    const used = await aToken();
    await redeem(used.secret);
    expect(await openJoinTokens(at.db)).toMatchObject([{ id: open.id, clusterName: "default" }]);
    const rows = await at.db.query("SELECT * FROM join_tokens");
    expect(JSON.stringify(rows)).not.toContain(open.secret);
  });
});

describe("a revoked agent", () => {
  async function joinedAgent() {
    const world = await aWorld(at.db);
    const key = await createAgentKey(at.db, box, { scope: world.scope, clusterName: "default" });
    const agentId = (await findAgent(at.db, key.accessKeyId)) ?? "";
    const instance = await at.db.write(async (tx) => {
      const row = await insertContainerInstance(tx, aRegistration(world, { agentId }));
      await bindAgent(tx, agentId, row.id);
      return row;
    });
    return { world, key, agentId, instance };
  }

  test("has no key any more, and its instance is gone from the cluster with its tasks stopped", async () => {
    const { world, key, agentId, instance } = await joinedAgent();
    const [task] = await placedTasks(at.db, { ...world, instance }, 1);
    expect(await at.db.write((tx) => revokeAgent(tx, agentId))).toBe(true);
    expect(await resolveAccessKey(at.db, box, key.accessKeyId)).toBeNull();
    expect(await findContainerInstance(at.db, instance.id)).toMatchObject({ status: "INACTIVE" });
    expect(await findTasks(at.db, world.cluster.id, [task?.id ?? ""])).toMatchObject([
      { lastStatus: "STOPPED" },
    ]);
    expect(await at.db.write((tx) => revokeAgent(tx, agentId))).toBe(false);
    expect(await listAgents(at.db)).toEqual([]);
  });

  test("is found by its own id, its instance's and its key's, until it is revoked", async () => {
    const { key, agentId, instance } = await joinedAgent();
    const names = [agentId, instance.id, key.accessKeyId];
    const found = () => Promise.all(names.map((name) => findAgent(at.db, name)));
    expect(await found()).toEqual([agentId, agentId, agentId]);
    await at.db.write((tx) => revokeAgent(tx, agentId));
    expect(await found()).toEqual([null, null, null]);
  });

  test("can tie itself to no instance", async () => {
    const { agentId, instance } = await joinedAgent();
    await at.db.write((tx) => revokeAgent(tx, agentId));
    expect(await at.db.write((tx) => bindAgent(tx, agentId, instance.id))).toBe(false);
  });
});

describe("the certificate authority", () => {
  const material = (n: number) => ({ certificatePem: `c${n}`, keyPem: `k${n}`, serverKeyPem: `s${n}` });

  test("is one, however many replicas make it at once, and its keys are sealed", async () => {
    const all = await Promise.all(
      [1, 2, 3].map((n) => ensureCertificateAuthority(at.db, box, async () => material(n))),
    );
    expect(new Set(all.map(({ keyPem }) => keyPem)).size).toBe(1);
    const [row] = await at.db.query<{ sealed_key: string }>("SELECT * FROM certificate_authority");
    expect(row?.sealed_key).not.toContain(all[0]?.keyPem);
  });

  test("does not open with another master key", async () => {
    await ensureCertificateAuthority(at.db, box, async () => material(1));
    const other = createSecretBox(parseMasterKeys("ab".repeat(32)), "test");
    await expect(ensureCertificateAuthority(at.db, other, async () => material(2))).rejects.toThrow(
      "master key",
    );
  });
});
