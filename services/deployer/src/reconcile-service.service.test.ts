/** Guarantees of a reconciliation pass on real PostgreSQL. */
import { openSession } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import { setInstanceStatus } from "@roadstead/db/container-instances";
import { commitPlacement, loadPlacement } from "@roadstead/db/place-tasks";
import { deleteService, lockService } from "@roadstead/db/services";
import { placeAll, type World } from "@roadstead/db/world.test-data";
import { describe, expect, test } from "vitest";
import {
  aService,
  at,
  bells,
  change,
  converge,
  count,
  definitionOf,
  deployments,
  pass,
  report,
  type Subject,
  said,
  serviceRow,
  settle,
  stopped,
  tasksOf,
} from "./service-world.test-data.ts";

describe("a new service", () => {
  test("gets its tasks, completes its deployment and says so in AWS's order", async () => {
    const subject = await aService(2);
    await converge(subject);
    expect(await tasksOf(subject)).toMatchObject([{ status: "RUNNING" }, { status: "RUNNING" }]);
    expect(await said(subject)).toEqual([
      "(service web) has started 2 tasks: (task T) (task T).",
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has reached a steady state.",
    ]);
    expect(await deployments(subject)).toEqual([
      { status: "PRIMARY", rolloutState: "COMPLETED", outcome: "SUCCESSFUL", failed: 0 },
    ]);
  });

  test("gets each task once, however many deployers look at it at once", async () => {
    const subject = await aService(3);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => pass(subject)));
    expect(outcomes.filter(({ started }) => started > 0).filter(({ outdated }) => !outdated)).toHaveLength(1);
    expect(await count(subject)).toBe(3);
  });

  test("is left alone by a pass that lost to its user, and its bell stays", async () => {
    const subject = await aService(1);
    const db: Db = {
      ...at.db,
      async read(load) {
        const seen = await at.db.read(load);
        await change(subject, { desiredCount: 2 });
        return seen;
      },
    };
    expect(await pass(subject, db)).toMatchObject({ outdated: true });
    expect([await count(subject), (await bells(subject)).length > 0]).toEqual([0, true]);
    await pass(subject);
    expect(await count(subject)).toBe(2);
  });

  test("that finds no room says why, waits a little, and is rung by the machine that comes", async () => {
    const subject = await aService(1);
    await pass(subject);
    const snapshot = await at.db.read((tx) => loadPlacement(tx, subject.world.cluster.id));
    await at.db.write((tx) =>
      commitPlacement(tx, subject.world.cluster.id, snapshot, {
        placements: [],
        failures: snapshot.tasks.map(({ id }) => ({
          taskId: id,
          instanceId: subject.world.instance.id,
          reason: "RESOURCE:CPU",
          detail: null,
        })),
      }),
    );
    expect((await bells(subject)).length).toBeGreaterThan(0);
    await pass(subject);
    const [text] = await said(subject);
    expect(text).toContain(
      "was unable to place a task because no container instance met all of its requirements",
    );
    expect(text).toContain("has insufficient CPU units available");
    expect((await serviceRow(subject))?.placement.attempts).toBe(1);
    expect(await bells(subject)).toEqual([{ isTimer: true }]);
    await at.db.write((tx) =>
      openSession(tx, { instanceId: subject.world.instance.id, gatewayId: "g2", versionInfo: {} }),
    );
    expect((await bells(subject)).some(({ isTimer }) => !isTimer)).toBe(true);
  });
});

describe("a running service", () => {
  test("replaces a task that ended, and one that somebody stopped", async () => {
    const subject = await aService(2);
    await converge(subject);
    const [first, second] = await tasksOf(subject);
    await report([first?.id ?? ""], stopped());
    await report([second?.id ?? ""], { stop: { stopCode: "UserInitiated", stoppedReason: "by hand" } });
    expect((await bells(subject)).length).toBeGreaterThan(0);
    await settle(subject);
    await converge(subject);
    const now = await tasksOf(subject);
    expect(now).toHaveLength(2);
    expect(now.map(({ id }) => id)).not.toContain(first?.id);
  });

  test("counts a task that never ran as failed and waits before the next", async () => {
    const subject = await aService(1);
    await at.db.query("UPDATE service_deployments SET created_at = now() - interval '1 hour'");
    // So often that the last wait is of a minute, which is longer than any pass.
    for (let attempt = 0; attempt < 8; attempt++) {
      await at.db.query("UPDATE service_deployments SET last_start_failure_at = now() - interval '1 hour'");
      await pass(subject);
      await placeAll(at.db, subject.world);
      const [task] = await tasksOf(subject);
      if (task) await report([task.id], stopped("CannotPullContainerError: no such image"));
    }
    const outcome = await pass(subject);
    expect(outcome.started).toBe(0);
    const [{ failed } = { failed: 0 }] = (await deployments(subject)) as { failed: number }[];
    expect(failed).toBe(8);
    expect((await bells(subject)).filter(({ isTimer }) => isTimer)).toHaveLength(1);
  });

  test("moves off a machine that drains", async () => {
    const subject = await aService(1);
    await converge(subject);
    const [before] = await tasksOf(subject);
    await at.db.write((tx) => setInstanceStatus(tx, subject.world.instance.id, "DRAINING"));
    await pass(subject);
    const during = await tasksOf(subject);
    expect(during.filter(({ id }) => id !== before?.id)).toMatchObject([{ status: "PLACING" }]);
    expect(during.find(({ id }) => id === before?.id)).toMatchObject({ desired: "RUNNING" });
  });
});

describe("an update", () => {
  test("replaces every task by the new deployment's, and the old deployment is gone with its last", async () => {
    const subject = await aService(3);
    await converge(subject);
    const old = await tasksOf(subject);
    const next = await definitionOf(subject.world, "127.0.0.1:4701/web:2");
    await change(subject, { taskDefinitionId: next.id, newDeployment: true });
    await converge(subject);
    const now = await tasksOf(subject);
    expect(now).toHaveLength(3);
    expect(now.filter(({ id }) => old.some((task) => task.id === id))).toEqual([]);
    expect(await deployments(subject)).toEqual([
      { status: "INACTIVE", rolloutState: "COMPLETED", outcome: "SUCCESSFUL", failed: 0 },
      { status: "PRIMARY", rolloutState: "COMPLETED", outcome: "SUCCESSFUL", failed: 0 },
    ]);
  });

  test("that comes before tasks found a place takes them back unseen", async () => {
    const subject = await aService(3);
    await pass(subject);
    await change(subject, { desiredCount: 1 });
    await pass(subject);
    expect(await count(subject)).toBe(1);
    expect(await at.db.query("SELECT 1 FROM events WHERE kind = 'task'")).toEqual([]);
    expect(await at.db.query("SELECT 1 FROM tasks")).toHaveLength(1);
  });

  test("deletes: everything stops, then the service is INACTIVE and its name free", async () => {
    const subject = await aService(2);
    await converge(subject);
    await at.db.write(async (tx) => {
      const held = await lockService(tx, subject.world.cluster.id, "web");
      if (held) await deleteService(tx, held);
    });
    await converge(subject);
    await pass(subject);
    expect([await count(subject), (await serviceRow(subject))?.status]).toEqual([0, "INACTIVE"]);
    expect(await at.db.write((tx) => lockService(tx, subject.world.cluster.id, "web"))).toBeNull();
  });
});

describe("an update whose tasks fail", () => {
  const BREAKER = { enable: true, rollback: true };
  const LIMITS = { minimumHealthyPercent: 100, maximumPercent: 200 };
  const FAILED = { rolloutState: "FAILED", failed: 3 };

  async function aFailingUpdate(rollback: boolean) {
    const deploymentConfiguration = { ...LIMITS, deploymentCircuitBreaker: { ...BREAKER, rollback } };
    const subject = await aService(1, { deploymentConfiguration });
    await converge(subject);
    const [old] = await tasksOf(subject);
    const next = await definitionOf(subject.world, "127.0.0.1:4701/web:2");
    await change(subject, { taskDefinitionId: next.id, newDeployment: true });
    return { subject, old };
  }
  /** New tasks are placed, and run only to end at once, until none comes any more. */
  async function crash(subject: Subject, oldId: string | undefined) {
    for (let attempt = 0; attempt < 6; attempt++) {
      await at.db.query("UPDATE service_deployments SET last_start_failure_at = now() - interval '1 hour'");
      await pass(subject);
      await placeAll(at.db, subject.world);
      const ids = (await tasksOf(subject)).map(({ id }) => id).filter((id) => id !== oldId);
      await report(ids, attempt % 2 ? stopped("CannotPullContainerError") : { lastStatus: "RUNNING" });
      await report(ids, stopped());
    }
  }
  const definitionNow = async ({ id }: Subject) =>
    (
      await at.db.query<{ id: string }>("SELECT task_definition_id AS id FROM services WHERE id = $1", [id])
    )[0]?.id;
  const rollouts = async (subject: Subject) => (await deployments(subject)).slice(1);

  test("is given up, and what ran before is brought back without losing a task that serves", async () => {
    const { subject, old } = await aFailingUpdate(true);
    await crash(subject, old?.id);
    expect((await tasksOf(subject)).find(({ id }) => id === old?.id)).toMatchObject({ desired: "RUNNING" });
    expect(await definitionNow(subject)).toBe(subject.definition.id);
    await converge(subject);
    await pass(subject);
    expect(await rollouts(subject)).toMatchObject([
      { status: "INACTIVE", outcome: "ROLLBACK_SUCCESSFUL", ...FAILED },
      { status: "PRIMARY", rolloutState: "COMPLETED", failed: 0 },
    ]);
    const [primary] = (await tasksOf(subject)).map(({ deployment }) => deployment);
    const [reason] = await at.db.query<{ text: string; id: string; breaker: string }>(
      `SELECT d.id, f.rollout_state_reason AS breaker FROM service_deployments d
       JOIN service_deployments f ON f.id = d.rollback_of WHERE d.service_id = $1`,
      [subject.id],
    );
    expect(reason).toEqual({
      id: primary,
      breaker: "ECS deployment circuit breaker: tasks failed to start.",
    });
    expect((await said(subject)).filter((text) => /fail|rolling/.test(text))).toEqual([
      "(service web) (deployment ecs-svc/N) deployment failed: tasks failed to start.",
      "(service web) rolling back to deployment ecs-svc/N.",
    ]);
  });

  test("is given up and left so where nobody wants a rollback; the next update begins anew", async () => {
    const { subject, old } = await aFailingUpdate(false);
    await crash(subject, old?.id);
    await converge(subject);
    expect(await tasksOf(subject)).toMatchObject([{ id: old?.id, status: "RUNNING" }]);
    expect(await rollouts(subject)).toMatchObject([{ status: "PRIMARY", outcome: "STOPPED", ...FAILED }]);
    await change(subject, { newDeployment: true });
    await converge(subject);
    expect((await rollouts(subject)).at(-1)).toMatchObject({ status: "PRIMARY", rolloutState: "COMPLETED" });
  });

  test("is not given up for what an older deployment's tasks do, nor for tasks that somebody stops", async () => {
    const { subject, old } = await aFailingUpdate(true);
    await pass(subject);
    await placeAll(at.db, subject.world);
    const ids = (await tasksOf(subject)).map(({ id }) => id);
    await report(
      ids.filter((id) => id !== old?.id),
      { stop: { stopCode: "UserInitiated", stoppedReason: "by hand" } },
    );
    await report(ids, stopped());
    expect(await rollouts(subject)).toMatchObject([{ rolloutState: "IN_PROGRESS", failed: 0 }]);
  });
});

describe("image tags", () => {
  const digest = (n: number) => `sha256:${String(n).repeat(64)}`;

  async function tag(world: World, name: string, value: string) {
    await at.db.query(
      `INSERT INTO repositories (id, scope_id, name, tag_mutability, scan_on_push, encryption, tags)
       VALUES ('r', $1, 'web', 'MUTABLE', false, '{"encryptionType":"AES256"}', '[]') ON CONFLICT DO NOTHING`,
      [world.scope.id],
    );
    await at.db.query(
      `INSERT INTO manifests (repository_id, digest, media_type, bytes, image_size) VALUES ('r', $1, 'm', '', 0)`,
      [value],
    );
    await at.db.query(
      `INSERT INTO image_tags (repository_id, tag, digest) VALUES ('r', $1, $2)
       ON CONFLICT (repository_id, tag) DO UPDATE SET digest = $2`,
      [name, value],
    );
  }
  const pinned = ({ id }: Subject) =>
    at.db.query(
      `SELECT r.container_images->0->>'imageDigest' AS digest FROM service_revisions r
       WHERE r.service_id = $1 ORDER BY r.created_at`,
      [id],
    );

  test("are what they meant when the deployment began, until a new one begins", async () => {
    const subject = await aService(1);
    await tag(subject.world, "1", digest(1));
    await pass(subject);
    await tag(subject.world, "1", digest(2));
    await change(subject, { desiredCount: 2 });
    await pass(subject);
    expect(await pinned(subject)).toEqual([{ digest: digest(1) }]);
    await change(subject, { newDeployment: true });
    await pass(subject);
    expect(await pinned(subject)).toEqual([{ digest: digest(1) }, { digest: digest(2) }]);
  });
});
