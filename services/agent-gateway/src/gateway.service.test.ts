/** What the gateway promises agents, with a websocket client as the agent and real PostgreSQL and Redis. */
import { closeSession, openSession } from "@roadstead/db/agent-sessions";
import type { WriteTx } from "@roadstead/db/connect";
import { setInstanceStatus } from "@roadstead/db/container-instances";
import { migrate } from "@roadstead/db/migrate";
import { endDraining } from "@roadstead/db/task-targets";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { usePostgres } from "@roadstead/testing/postgres";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { describe, expect, test } from "vitest";
import { useGateways, WAIT } from "./gateway-fixture.ts";
import type { World } from "./world-fixture.ts";

const postgres = usePostgres({ migrate });
const redis = usePrivateRedis();
const gateways = useGateways(postgres, redis);

const USER_STOP = { stopCode: "UserInitiated", stoppedReason: "mine" } as const;

const stop = (taskId: string) =>
  gateways.db().write((tx) => transitionTasks(tx, [{ taskId, stop: USER_STOP }]));

async function stateOf(taskId: string) {
  const [row] = await gateways.db().query<{
    lastStatus: string;
    connectivity: string | null;
    health: string;
    delivered: string | null;
    epoch: string | null;
  }>(
    `SELECT s.last_status AS "lastStatus", s.connectivity, s.health_status AS health, s.delivered_epoch AS delivered,
       a.epoch FROM task_state s LEFT JOIN agent_sessions a ON a.instance_id = s.instance_id WHERE s.task_id = $1`,
    [taskId],
  );
  return row;
}

const isConnected = async (instanceId: string) =>
  (
    await gateways
      .db()
      .query<{ connected: boolean }>(
        "SELECT agent_connected AS connected FROM container_instances WHERE id = $1",
        [instanceId],
      )
  )[0]?.connected;

/** The task belongs to a service whose revision knows these images. */
async function aDeploymentOf(tx: WriteTx, world: World, taskId: string, images: readonly object[]) {
  const { cluster, definition } = world;
  await tx.query(
    `INSERT INTO services (id, scope_id, cluster_id, name, status, scheduling_strategy, launch_type, desired_count,
       task_definition_id, details, tags, enable_execute_command, request_hash)
     VALUES ('s', $1, $2, 'web', 'ACTIVE', 'REPLICA', 'EC2', 1, $3, '{}', '[]', false, '')`,
    [cluster.scopeId, cluster.id, definition.id],
  );
  await tx.query(
    `INSERT INTO service_revisions (id, service_id, task_definition_id, launch_type, container_images)
     VALUES ('r', 's', $1, 'EC2', $2)`,
    [definition.id, JSON.stringify(images)],
  );
  await tx.query(
    `INSERT INTO service_deployments (id, arn_id, service_id, revision_id, status, rollout_state,
       rollout_state_reason, service_deployment_status, desired_count)
     VALUES ('ecs-svc/1', 'd', 's', 'r', 'PRIMARY', 'IN_PROGRESS', '', 'IN_PROGRESS', 1)`,
  );
  await tx.query("UPDATE tasks SET deployment_id = 'ecs-svc/1' WHERE id = $1", [taskId]);
}

describe("an assignment", () => {
  test("is named by the task's own cluster, which need not be its machine's", async () => {
    const world = await gateways.world();
    const [taskId = ""] = await world.placeTasks(1);
    await gateways.db().query("UPDATE clusters SET name = 'fargate.fleet' WHERE id = $1", [world.cluster.id]);
    await gateways.db().query("UPDATE agents SET cluster_name = 'fargate.fleet'");
    await gateways.db().query(
      `WITH own AS (INSERT INTO clusters (id, scope_id, name, status, details, tags)
         SELECT 'own', scope_id, 'own', status, details, tags FROM clusters RETURNING id)
       UPDATE task_state SET cluster_id = own.id FROM own WHERE task_id = $1`,
      [taskId],
    );
    const instanceArn = world.instanceArn.replace("/default/", "/fargate.fleet/") as World["instanceArn"];
    const agent = gateways.agent(await gateways.open(), { ...world, instanceArn });
    const payload = await agent.first("PayloadMessage");
    const arn = `arn:aws:ecs:eu-test-1:000000000000:task/own/${taskId}`;
    const taskClusterArn = "arn:aws:ecs:eu-test-1:000000000000:cluster/own";
    expect(payload.tasks[0]).toMatchObject({ arn, taskClusterArn });
    const manifest = await agent.first("TaskManifestMessage");
    expect(manifest.tasks).toEqual([expect.objectContaining({ taskArn: arn, taskClusterArn })]);
  });

  test("of a deployment carries the digests that its revision knows", async () => {
    const world = await gateways.world();
    const [taskId = ""] = await world.placeTasks(1);
    const digest = `sha256:${"ab".repeat(32)}`;
    await gateways
      .db()
      .write((tx) =>
        aDeploymentOf(tx, world, taskId, [{ containerName: "app", image: "b", imageDigest: digest }]),
      );
    const agent = gateways.agent(await gateways.open(), world);
    const payload = await agent.first("PayloadMessage");
    expect(payload.tasks[0].containers[0].image).toBe(`busybox@${digest}`);
  });

  test("waits for the agent, is acknowledged, and its stop follows on the same socket", async () => {
    const world = await gateways.world();
    const [taskId = ""] = await world.placeTasks(1);
    const agent = gateways.agent(await gateways.open(), world);

    const payload = await agent.first("PayloadMessage");
    expect(payload).toMatchObject({
      containerInstanceArn: world.instanceArn,
      seqNum: 1,
      tasks: [
        {
          arn: `arn:aws:ecs:eu-test-1:000000000000:task/default/${taskId}`,
          desiredStatus: "RUNNING",
          containers: [{ name: "app", environment: { MODE: "prod", AWS_EXECUTION_ENV: "AWS_ECS_EC2" } }],
        },
      ],
    });
    const manifest = await agent.first("TaskManifestMessage");
    expect(manifest.timeline).toBeGreaterThan(payload.seqNum);
    expect(manifest.tasks).toEqual([expect.objectContaining({ taskArn: payload.tasks[0].arn })]);
    agent.ack({ type: "PayloadMessage", message: payload });
    await expect
      .poll(() => stateOf(taskId), WAIT)
      .toMatchObject({ delivered: "1", connectivity: "CONNECTED" });

    await stop(taskId);
    await expect.poll(() => agent.of("PayloadMessage").length, WAIT).toBe(2);
    const order = agent.of("PayloadMessage")[1];
    expect(order?.message.tasks).toMatchObject([{ desiredStatus: "STOPPED", containers: [{ name: "app" }] }]);
    expect(order?.message.seqNum).toBeGreaterThan(manifest.timeline);
    if (order) agent.ack(order);
    await expect.poll(() => stateOf(taskId), WAIT).toMatchObject({ lastStatus: "STOPPING", delivered: "1" });
  });

  test("is kept from an agent's new session while the task drains, and its stop follows once it has", async () => {
    const world = await gateways.world();
    const db = gateways.db();
    const [taskId = ""] = await world.placeTasks(1);
    const address = await gateways.open();
    const first = gateways.agent(address, world);
    first.ack({ type: "PayloadMessage", message: await first.first("PayloadMessage") });
    await expect.poll(() => stateOf(taskId), WAIT).toMatchObject({ delivered: "1" });
    await db.query(
      `UPDATE task_state SET last_status = 'DEACTIVATING', desired_status = 'STOPPED', delivered_epoch = NULL`,
    );
    await db.query(
      `INSERT INTO task_targets (task_id, target_group_id, target_id, port, state) VALUES ($1, 'g', 'i', 80, 'draining')`,
      [taskId],
    );
    const agent = gateways.agent(address, world);
    // It may go on, and nothing else is said of it.
    expect((await agent.first("TaskManifestMessage")).tasks).toMatchObject([{ desiredStatus: "RUNNING" }]);
    expect(agent.of("PayloadMessage")).toEqual([]);
    await db.write((tx) => endDraining(tx, [taskId]));
    expect(await agent.first("PayloadMessage")).toMatchObject({ tasks: [{ desiredStatus: "STOPPED" }] });
    expect(agent.of("PayloadMessage")).toHaveLength(1);
  });

  test("reaches a connected agent by its bell, in a batch, and leaves no bell", async () => {
    const world = await gateways.world();
    const agent = gateways.agent(await gateways.open(), world);
    await agent.first("TaskManifestMessage");
    const ids = await world.placeTasks(50);
    await expect.poll(() => agent.of("PayloadMessage").length, WAIT).toBe(50);
    const sequences = agent.of("PayloadMessage").map(({ message }) => message.seqNum);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(new Set(agent.of("PayloadMessage").map(({ message }) => message.tasks[0].arn)).size).toBe(
      ids.length,
    );
    await expect.poll(() => gateways.db().query("SELECT 1 FROM bells"), WAIT).toEqual([]);
  });

  test("arrives soon with Redis gone", async () => {
    const world = await gateways.world();
    const agent = gateways.agent(await gateways.open(), world);
    await agent.first("TaskManifestMessage");
    await redis.stop();
    await world.placeTasks(1);
    await expect.poll(() => agent.of("PayloadMessage").length, WAIT).toBe(1);
  });

  test("that stays unacknowledged is sent again, one that was acknowledged is not", async () => {
    const world = await gateways.world();
    const [taken = "", open = ""] = await world.placeTasks(2);
    const agent = gateways.agent(await gateways.open({ ROADSTEAD_GATEWAY_RESEND_MS: "300" }), world);
    const sent = (taskId: string) =>
      agent.of("PayloadMessage").filter(({ message }) => message.tasks[0].arn.endsWith(taskId));
    await expect.poll(() => sent(taken).length, WAIT).toBeGreaterThan(0);
    const acknowledged = () => {
      for (const frame of sent(taken)) agent.ack(frame);
      return stateOf(taken);
    };
    await expect.poll(acknowledged, WAIT).toMatchObject({ delivered: "1" });
    // One round may have been on its way when the acknowledgement came.
    const round = sent(open).length + 2;
    await expect.poll(() => sent(open).length, WAIT).toBeGreaterThanOrEqual(round);
    const before = sent(taken).length;
    await expect.poll(() => sent(open).length, WAIT).toBeGreaterThan(round);
    expect(sent(taken)).toHaveLength(before);
  });
});

describe("the newest socket of an instance", () => {
  test("wins within a gateway: the older one is told to go and its acknowledgements count for nothing", async () => {
    const world = await gateways.world();
    const [taskId = ""] = await world.placeTasks(1);
    const gateway = await gateways.open();
    const older = gateways.agent(gateway, world);
    const first = await older.first("PayloadMessage");
    const newer = gateways.agent(gateway, world);
    const second = await newer.first("PayloadMessage");
    expect(second.seqNum).toBeGreaterThan(first.seqNum);
    if (older.socket.readyState === older.socket.OPEN) older.ack({ type: "PayloadMessage", message: first });
    await expect.poll(() => older.state.closeCode, WAIT).toBe(4000);
    expect(await stateOf(taskId)).toMatchObject({ delivered: null, epoch: "2" });
    newer.ack({ type: "PayloadMessage", message: second });
    await expect.poll(() => stateOf(taskId), WAIT).toMatchObject({ delivered: "2" });
    expect(await isConnected(world.instance.id)).toBe(true);
  });

  test("wins across gateways", async () => {
    const world = await gateways.world();
    const older = gateways.agent(await gateways.open(), world);
    await older.first("TaskManifestMessage");
    const newer = gateways.agent(await gateways.open(), world);
    await newer.first("TaskManifestMessage");
    await expect.poll(() => older.state.closeCode, WAIT).toBe(4000);
    expect(await isConnected(world.instance.id)).toBe(true);
    await world.placeTasks(1);
    await newer.first("PayloadMessage");
  });
});

describe("a session", () => {
  test("ends with its socket, and with the gateway in a way that makes agents come back", async () => {
    const world = await gateways.world();
    const gateway = await gateways.open();
    const agent = gateways.agent(gateway, world);
    await agent.first("TaskManifestMessage");
    expect(await isConnected(world.instance.id)).toBe(true);
    agent.socket.close(1000);
    await expect.poll(() => isConnected(world.instance.id), WAIT).toBe(false);
    const again = gateways.agent(gateway, world);
    await again.first("TaskManifestMessage");
    await gateway.stop();
    expect(await isConnected(world.instance.id)).toBe(false);
    await expect.poll(() => again.state.closeCode, WAIT).toBe(1012);
  });

  test("is dropped when the agent no longer answers heartbeats", async () => {
    const world = await gateways.world();
    const env = { ROADSTEAD_GATEWAY_HEARTBEAT_MS: "200", ROADSTEAD_GATEWAY_SILENCE_MS: "1500" };
    const agent = gateways.agent(await gateways.open(env), world);
    await agent.first("HeartbeatMessage");
    await expect.poll(() => agent.state.closeCode, WAIT).toBe(4001);
  });

  test("ends when its instance is deregistered, and the agent is then turned away for good", async () => {
    const world = await gateways.world();
    const gateway = await gateways.open();
    const agent = gateways.agent(gateway, world);
    await agent.first("TaskManifestMessage");
    await gateways.db().write(async (tx) => {
      await setInstanceStatus(tx, world.instance.id, "INACTIVE");
      tx.bell("deliver", world.instance.id);
    });
    await expect.poll(() => agent.state.closeCode, WAIT).toBe(4003);
    const again = gateways.agent(gateway, world);
    await expect
      .poll(() => again.state.refusal, WAIT)
      .toMatchObject({ status: 400, body: { InactiveInstanceException: expect.any(String) } });
  });

  test("of a gateway that died is closed by another", async () => {
    const world = await gateways.world();
    const session = { instanceId: world.instance.id, gatewayId: "dead", versionInfo: {} };
    await gateways.db().write((tx) => openSession(tx, session));
    await gateways.open({ ROADSTEAD_GATEWAY_DEAD_AFTER_MS: "1000" });
    await expect.poll(() => isConnected(world.instance.id), WAIT).toBe(false);
  });

  test("survives frames that cannot be read, up to a point", async () => {
    const world = await gateways.world();
    const agent = gateways.agent(await gateways.open(), world);
    await agent.first("TaskManifestMessage");
    agent.socket.send("{");
    agent.say("AckRequest", { messageId: 7 });
    agent.say("AckRequest", { messageId: "unknown" });
    agent.say("FromTheFuture", {});
    await expect.poll(() => agent.of("BadRequestException").length, WAIT).toBe(2);
    for (let sent = 0; sent < 20; sent++) agent.socket.send(Buffer.from([sent]));
    await expect.poll(() => agent.state.closeCode, WAIT).toBe(1008);
  });

  test("that a newer epoch ended elsewhere does not end the newer one", async () => {
    const world = await gateways.world();
    const session = { instanceId: world.instance.id, gatewayId: "g1", versionInfo: {} };
    const first = await gateways.db().write((tx) => openSession(tx, session));
    await gateways.db().write((tx) => openSession(tx, { ...session, gatewayId: "g2" }));
    expect(await gateways.db().write((tx) => closeSession(tx, first))).toBe(false);
    expect(await isConnected(world.instance.id)).toBe(true);
  });
});

describe("an agent's offer to stop tasks", () => {
  test("is taken for those the database does not want there, and for no other", async () => {
    const world = await gateways.world();
    const [wanted = "", unwanted = ""] = await world.placeTasks(2);
    await stop(unwanted);
    const agent = gateways.agent(await gateways.open(), world);
    const manifest = await agent.first("TaskManifestMessage");
    const arn = (id: string) => `arn:aws:ecs:eu-test-1:000000000000:task/default/${id}`;
    const candidates = [wanted, unwanted, "f".repeat(32), "not an id"].map(arn);
    agent.say("TaskStopVerificationMessage", {
      messageId: manifest.messageId,
      stopCandidates: candidates.map((taskArn) => ({ taskArn, desiredStatus: "STOPPED" })),
    });
    const answer = await agent.first("TaskStopVerificationAck");
    expect(answer.messageId).toBe(manifest.messageId);
    expect(answer.stopTasks.map((task: { taskArn: string }) => task.taskArn)).toEqual(candidates.slice(1));
  });
});

describe("an upgrade", () => {
  test("is refused without a valid signature", async () => {
    const world = await gateways.world();
    const key = { ...world.key, secretAccessKey: "wrong" };
    const agent = gateways.agent(await gateways.open(), world, { key });
    await expect
      .poll(() => agent.state.refusal, WAIT)
      .toMatchObject({ status: 403, body: { AccessDeniedException: expect.stringContaining("signature") } });
  });

  test("is refused for another instance than the agent's own, known or not", async () => {
    const world = await gateways.world();
    const arn = world.instanceArn.replace(world.instance.id, "f".repeat(32));
    const agent = gateways.agent(await gateways.open(), world, { arn });
    await expect.poll(() => agent.state.refusal, WAIT).toMatchObject({ status: 403 });
  });

  test("by a user whose policies allow it works, and tells them what does not exist", async () => {
    const world = await gateways.world();
    const gateway = await gateways.open();
    const allowed = gateways.agent(gateway, world, { key: world.administrator });
    await allowed.first("TaskManifestMessage");
    const arn = world.instanceArn.replace(world.instance.id, "f".repeat(32));
    const unknown = gateways.agent(gateway, world, { key: world.administrator, arn });
    await expect
      .poll(() => unknown.state.refusal, WAIT)
      .toMatchObject({ status: 400, body: { InvalidInstanceException: expect.any(String) } });
  });

  test("beyond the limit of connections is refused", async () => {
    const world = await gateways.world();
    const gateway = await gateways.open({ ROADSTEAD_GATEWAY_CONNECTIONS: "1" });
    await gateways.agent(gateway, world).first("TaskManifestMessage");
    const second = gateways.agent(gateway, world);
    await expect.poll(() => second.state.refusal, WAIT).toMatchObject({ status: 503 });
  });
});

describe("telemetry", () => {
  test("is stored for the agent's own tasks, with or without the header block, and acknowledged", async () => {
    const world = await gateways.world();
    const [taskId = ""] = await world.placeTasks(1);
    const gateway = await gateways.open();
    const agent = gateways.agent(gateway, world, { kind: "tcs" });
    await expect.poll(() => agent.socket.readyState, WAIT).toBe(agent.socket.OPEN);
    const taskArn = `arn:aws:ecs:eu-test-1:000000000000:task/default/${taskId}`;
    const metric = {
      containerName: "app",
      cpuStatsSet: { min: 1, max: 3, sampleCount: 2, sum: 5 },
      memoryStatsSet: { min: 10, max: 10, sampleCount: 2, sum: 20 },
    };
    const frame = JSON.stringify({
      type: "PublishMetricsRequest",
      message: {
        taskMetrics: [taskArn, taskArn.replace(taskId, "e".repeat(32))].map((arn) => ({
          taskArn: arn,
          containerMetrics: [metric, { ...metric, containerName: "\u0000" }],
        })),
      },
    });
    agent.socket.send(`Authorization: AWS4-HMAC-SHA256\r\nHost: x\r\n\r\n${frame}`);
    await agent.first("AckPublishMetric");
    expect(await gateways.db().query("SELECT task_id, cpu_percent, memory_mib FROM task_metrics")).toEqual([
      { task_id: taskId, cpu_percent: 2.5, memory_mib: 10 },
    ]);
    agent.say("PublishHealthRequest", {
      tasks: [{ taskArn, containers: [{ containerName: "app", healthStatus: "HEALTHY" }] }],
    });
    await agent.first("AckPublishHealth");
    expect(await stateOf(taskId)).toMatchObject({ health: "HEALTHY" });
    agent.say("PublishInstanceStatusRequest", { statuses: [] });
    await agent.first("AckPublishInstanceStatus");
    agent.say("PublishMetricsRequest", { taskMetrics: 7 });
    await agent.first("BadRequestException");
  });

  test("ends when its instance is deregistered, though nothing rings for it", async () => {
    const world = await gateways.world();
    const agent = gateways.agent(await gateways.open(), world, { kind: "tcs" });
    await expect.poll(() => agent.socket.readyState, WAIT).toBe(agent.socket.OPEN);
    await gateways.db().write((tx) => setInstanceStatus(tx, world.instance.id, "INACTIVE"));
    await expect.poll(() => agent.state.closeCode, WAIT).toBe(4003);
  });
});
