/** Guarantees of passes over a service behind a load balancer, on real PostgreSQL. */
import type { Db } from "@roadstead/db/connect";
import { deregisterInstance } from "@roadstead/db/deregister-instance";
import { ensureNetwork } from "@roadstead/db/networks";
import type { ServiceDetails } from "@roadstead/db/schema/service";
import { placeAll } from "@roadstead/db/world.test-data";
import { describe, expect, test } from "vitest";
import {
  aService,
  at,
  bells,
  change,
  deployments,
  pass,
  report,
  type Subject,
  said,
  settle,
  stopped,
  tasksOf,
} from "./service-world.test-data.ts";

describe("behind a load balancer", () => {
  const groupId = "0123456789abcdef";
  const arn = `arn:aws:elasticloadbalancing:eu-test-1:000000000000:targetgroup/web/${groupId}`;

  async function aBalancedService(desiredCount: number, details: Partial<ServiceDetails> = {}) {
    const subject = await aService(desiredCount, {
      loadBalancers: [{ targetGroupArn: arn, containerName: "app", containerPort: 80 }],
      ...details,
    });
    await at.db.query(
      `INSERT INTO target_groups (id, scope_id, name, protocol, protocol_version, port, target_type, vpc_id, health_check,
         attributes, tags) VALUES ($1, $2, 'web', 'HTTP', 'HTTP1', 80, 'instance', 'vpc-1', '{}', '{}', '[]')`,
      [groupId, subject.world.scope.id],
    );
    // A listener sends it requests: what leaves such a group drains first.
    await at.db.query(
      `INSERT INTO load_balancers (id, scope_id, name, type, scheme, state, slot, address, loopback_address, dns_name,
         vpc_id, subnets, security_groups, attributes, tags)
       VALUES ('b', $1, 'front', 'application', 'internal', 'active', 1, '198.18.64.1', '127.64.0.1', 'front.test',
         'vpc-1', '[]', '[]', '{}', '[]')`,
      [subject.world.scope.id],
    );
    await at.db.query(
      `INSERT INTO listeners (id, load_balancer_id, protocol, port, default_actions, default_rule_id, certificates,
         attributes, tags) VALUES ('l', 'b', 'HTTP', 80, '[]', 'r', '[]', '{}', '[]')`,
    );
    await at.db.query(
      "INSERT INTO target_group_uses (target_group_id, listener_id, rule_id) VALUES ($1, 'l', 'r')",
      [groupId],
    );
    return subject;
  }
  /** Tasks run on host ports of their own, as Docker would choose them. */
  async function runAll(subject: Subject) {
    await placeAll(at.db, subject.world);
    for (const [n, { id }] of (await tasksOf(subject)).entries()) {
      const container = {
        status: "RUNNING",
        exitCode: null,
        reason: null,
        runtimeId: id,
        imageDigest: null,
      } as const;
      const networkBindings = [{ containerPort: 80, hostPort: 40_000 + n, protocol: "tcp" as const }];
      await report([id], {
        lastStatus: "RUNNING",
        containers: [{ name: "app", ...container, networkBindings }],
      });
    }
  }
  const targets = () =>
    at.db.query<{ port: number; state: string }>("SELECT port, state FROM targets ORDER BY port");
  /** Rings for machines' agents; what waits for the load balancer rings none. */
  const orders = async () => (await at.db.query("SELECT 1 FROM bells WHERE kind = 'deliver'")).length;
  /** The load balancer saw the last request through. */
  async function drained(subject: Subject) {
    await at.db.query("DELETE FROM targets WHERE state = 'draining'");
    await pass(subject);
  }
  const stopByUser = (id: string) =>
    report([id], { stop: { stopCode: "UserInitiated", stoppedReason: "mine" } });
  const whatOf = async (id: string) =>
    (
      await at.db.query(
        `SELECT last_status AS "lastStatus", desired_status AS "desiredStatus", stop_code AS "stopCode",
           stopped_reason AS "stoppedReason" FROM task_state WHERE task_id = $1`,
        [id],
      )
    )[0];
  /** Others need not run before a task is stopped. */
  const mayStopFirst = () =>
    at.db.query(
      `UPDATE services SET details = details ||
         '{"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}}'`,
    );
  /** One task, registered and healthy, of which agents have heard. */
  async function aServingTask() {
    const subject = await aBalancedService(1);
    await pass(subject);
    await runAll(subject);
    await pass(subject);
    await sayHealthy();
    await pass(subject);
    await at.db.query("DELETE FROM bells WHERE kind = 'deliver'");
    const [task] = await tasksOf(subject);
    return { subject, taskId: task?.id ?? "" };
  }
  const sayHealthy = () =>
    at.db.query(
      `INSERT INTO target_health (target_group_id, target_id, port, state)
       SELECT target_group_id, target_id, port, 'healthy' FROM targets ON CONFLICT DO NOTHING`,
    );

  test("tasks become targets, count once those are healthy, and drain before they stop", async () => {
    const subject = await aBalancedService(2);
    await pass(subject);
    await runAll(subject);
    await pass(subject);
    expect(await targets()).toEqual([
      { port: 40_000, state: "registered" },
      { port: 40_001, state: "registered" },
    ]);
    await pass(subject);
    expect(await deployments(subject)).toMatchObject([{ rolloutState: "IN_PROGRESS" }]);
    await sayHealthy();
    await pass(subject);
    expect(await deployments(subject)).toMatchObject([{ rolloutState: "COMPLETED" }]);

    await change(subject, { desiredCount: 1 });
    await pass(subject);
    expect((await targets()).map(({ state }) => state).sort()).toEqual(["draining", "registered"]);
    expect((await tasksOf(subject)).map(({ status, desired }) => `${status} ${desired}`).sort()).toEqual([
      "DEACTIVATING STOPPED",
      "RUNNING RUNNING",
    ]);
    await drained(subject);
    await settle(subject);
    expect(await at.db.query("SELECT 1 FROM task_targets")).toHaveLength(1);
    expect(await said(subject)).toEqual([
      "(service web) has started 2 tasks: (task T) (task T).",
      `(service web) registered 2 targets in (target-group ${arn})`,
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has reached a steady state.",
      "(service web) has stopped 1 running tasks: (task T).",
      `(service web) deregistered 1 targets in (target-group ${arn})`,
      "(service web) has begun draining connections on 1 tasks.",
      "(service web) has reached a steady state.",
    ]);
  });

  test("tasks with addresses of their own are targets by those, and their addresses are given back after they drained", async () => {
    const network = { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" } as const;
    const subject = await aBalancedService(2, { network });
    const { scope } = subject.world;
    await ensureNetwork(at.db, scope);
    await at.db.query(
      `INSERT INTO subnets (id, scope_id, vpc_id, cidr_block, availability_zone, is_default, map_public_ip, hostname_type,
         hostname_record, tags)
       SELECT 'subnet-1', scope_id, id, '172.31.255.0/28', 'eu-test-1a', false, false, 'ip-name', false, '[]' FROM vpcs`,
    );
    await pass(subject);
    await runAll(subject);
    await pass(subject);
    const addresses = await at.db.query<{ ip: string }>(
      "SELECT private_ip AS ip FROM network_interfaces ORDER BY 1",
    );
    const registered = await at.db.query("SELECT target_id AS ip, port FROM targets ORDER BY 1");
    expect(registered).toEqual(addresses.map(({ ip }) => ({ ip, port: 80 })));
    await sayHealthy();
    await change(subject, { desiredCount: 1 });
    await pass(subject);
    expect(await at.db.query("SELECT 1 FROM network_interfaces")).toHaveLength(2);
    await drained(subject);
    await settle(subject);
    const left = await at.db.query<{ ip: string }>("SELECT private_ip AS ip FROM network_interfaces");
    expect(left).toEqual(await at.db.query("SELECT target_id AS ip FROM targets"));
    expect(left).toHaveLength(1);
  });

  test("a task on a port that another had is not healthy because that one was", async () => {
    const subject = await aBalancedService(1);
    await at.db.query(
      `INSERT INTO targets (target_group_id, target_id, port, state, draining_since)
       VALUES ($1, $2, 40000, 'draining', now())`,
      [groupId, subject.world.instance.id],
    );
    await sayHealthy();
    await pass(subject);
    await runAll(subject);
    await pass(subject);
    await pass(subject);
    expect(await targets()).toEqual([{ port: 40_000, state: "registered" }]);
    expect(await deployments(subject)).toMatchObject([{ rolloutState: "IN_PROGRESS" }]);
  });

  test("a task that somebody stops is drained before its agent hears of it, and replaced meanwhile", async () => {
    const { subject, taskId } = await aServingTask();
    await stopByUser(taskId);
    const stop = { desiredStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "mine" };
    expect(await whatOf(taskId)).toEqual({ lastStatus: "DEACTIVATING", ...stop });
    expect(await targets()).toEqual([{ port: 40_000, state: "registered" }]);
    expect(await bells(subject)).not.toEqual([]);
    expect(await pass(subject)).toMatchObject({ started: 1 });
    expect([await targets(), await orders()]).toEqual([[{ port: 40_000, state: "draining" }], 0]);
    await pass(subject);
    expect(await orders()).toBe(0);
    await drained(subject);
    expect(await orders()).toBe(1);
    expect(await whatOf(taskId)).toEqual({ lastStatus: "DEACTIVATING", ...stop });
    await report([taskId], { lastStatus: "STOPPING" });
    expect(await whatOf(taskId)).toEqual({ lastStatus: "STOPPING", ...stop });
  });

  test("an unhealthy task drains, for its group's reason", async () => {
    const { subject, taskId } = await aServingTask();
    await at.db.query("UPDATE target_health SET state = 'unhealthy'");
    await mayStopFirst();
    await pass(subject);
    const stoppedReason = `Task failed ELB health checks in (target-group ${arn})`;
    expect(await whatOf(taskId)).toMatchObject({ lastStatus: "DEACTIVATING", stoppedReason });
    expect([await targets(), await orders()]).toEqual([[{ port: 40_000, state: "draining" }], 0]);
  });

  test.each([
    ["its group is deleted", "DELETE FROM target_group_uses; DELETE FROM target_groups", 1],
    ["its listener is deleted", "DELETE FROM listeners", 1],
    [
      "its service has no load balancers any more",
      `UPDATE services SET details = details - 'loadBalancers'`,
      1,
    ],
    ["its service is being deleted", "UPDATE services SET status = 'DRAINING'", 2],
    [
      "somebody registers its target again",
      "UPDATE targets SET state = 'registered', draining_since = NULL",
      2,
    ],
  ])("a task that drains is not kept when %s", async (_, change, passes) => {
    const { subject, taskId } = await aServingTask();
    await stopByUser(taskId);
    await pass(subject);
    await at.db.query(change);
    for (let n = 0; n < passes; n++) await drained(subject);
    expect(await at.db.query("SELECT 1 FROM task_targets")).toEqual([]);
    expect(await orders()).toBe(1);
    expect(await whatOf(taskId)).toMatchObject({ lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" });
  });

  test("a task on a machine that drains is drained first; one whose machine is taken out by force is not", async () => {
    const { subject, taskId } = await aServingTask();
    const { instance } = subject.world;
    await at.db.query("UPDATE container_instances SET status = 'DRAINING'");
    await mayStopFirst();
    await pass(subject);
    expect(await whatOf(taskId)).toMatchObject({ lastStatus: "DEACTIVATING" });
    expect(await targets()).toEqual([{ port: 40_000, state: "draining" }]);
    await at.db.write((tx) => deregisterInstance(tx, instance.id, { force: true }));
    expect(await whatOf(taskId)).toMatchObject({ lastStatus: "STOPPED" });
    expect(await targets()).toEqual([]);
  });

  test("a task whose container died does not wait for the load balancer", async () => {
    const { taskId } = await aServingTask();
    const container = { name: "app", exitCode: 1, reason: null, runtimeId: "c", imageDigest: null };
    await report([taskId], { containers: [{ ...container, status: "STOPPED", networkBindings: null }] });
    await stopByUser(taskId);
    expect(await whatOf(taskId)).toMatchObject({
      lastStatus: "RUNNING",
      stopCode: "EssentialContainerExited",
    });
    expect(await orders()).toBe(1);
  });

  test("a task that is stopped while a pass is about to register it becomes no target", async () => {
    const subject = await aBalancedService(1);
    await pass(subject);
    await runAll(subject);
    const [task] = await tasksOf(subject);
    // The pass has loaded, and the stop comes before its commit.
    const late: Db = {
      ...at.db,
      write: async (work) => {
        await stopByUser(task?.id ?? "");
        return at.db.write(work);
      },
    };
    await pass(subject, late);
    expect([await targets(), await at.db.query("SELECT 1 FROM task_targets")]).toEqual([[], []]);
    expect(await whatOf(task?.id ?? "")).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "STOPPED" });
  });

  test("a task that dies is no target any more, at once", async () => {
    const subject = await aBalancedService(1);
    await pass(subject);
    await runAll(subject);
    await pass(subject);
    const [task] = await tasksOf(subject);
    await report([task?.id ?? ""], stopped());
    expect([await targets(), await at.db.query("SELECT 1 FROM task_targets")]).toEqual([[], []]);
  });
});
