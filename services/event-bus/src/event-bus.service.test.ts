/** What happens to tasks and instances arrives at webhooks as EventBridge shapes it, on real PostgreSQL and HTTP. */
import { insertCustomEvents } from "@roadstead/db/custom-events";
import { listDeadDeliveries } from "@roadstead/db/event-deliveries";
import { insertLogGroup } from "@roadstead/db/log-groups";
import { readLogEvents } from "@roadstead/db/log-read";
import { findLogStream } from "@roadstead/db/log-streams";
import { archiveStoppedTasks } from "@roadstead/db/task-history";
import { REGION } from "@roadstead/db/world.test-data";
import { describe, expect, test, vi } from "vitest";
import { ACCOUNT, aBus, addTarget, aRule, arn, aTask, at, aWebhook, soon } from "./event-bus.test-data.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const exited = {
  name: "app",
  status: "STOPPED",
  exitCode: 3,
  reason: null,
  runtimeId: "c1",
  imageDigest: null,
  networkBindings: null,
} as const;

const EVERYTHING = {
  direction: "forward",
  beyond: null,
  fromMs: 0,
  untilMs: Number.MAX_SAFE_INTEGER - 1,
  matches: () => true,
  limit: 100,
  maxBytes: 1_048_576,
  searchMaxCost: Number.POSITIVE_INFINITY,
} as const;

const eventOf = ({ body }: { readonly body: string }) => JSON.parse(body);

describe("a task's state changes", () => {
  test("arrive once each, as EventBridge shapes them, each as the task was then", async () => {
    const { world, launched, report } = await aTask(at.db);
    const hook = await aWebhook();
    await aRule(at.db, world, hook);
    const id = await launched();
    await report(id, { lastStatus: "RUNNING" });
    await report(id, { lastStatus: "STOPPED", containers: [exited] });
    await aBus(at.db);
    await vi.waitFor(() => expect(hook.received).toHaveLength(3), soon);
    const events = hook.received.map(eventOf).sort((a, b) => a.detail.version - b.detail.version);
    expect(events.map((e) => [e.detail.lastStatus, e.detail.desiredStatus, e.detail.version])).toEqual([
      ["PENDING", "RUNNING", 1],
      ["RUNNING", "RUNNING", 2],
      ["STOPPED", "STOPPED", 3],
    ]);
    expect(events.map((e) => "startedAt" in e.detail)).toEqual([false, true, true]);
    expect(events.map((e) => "stoppedAt" in e.detail)).toEqual([false, false, true]);
    expect(events[2]).toEqual({
      version: "0",
      id: expect.stringMatching(UUID),
      "detail-type": "ECS Task State Change",
      source: "aws.ecs",
      account: ACCOUNT,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: REGION,
      resources: [arn(`task/default/${id}`)],
      detail: {
        attachments: [],
        attributes: [],
        taskArn: arn(`task/default/${id}`),
        clusterArn: arn("cluster/default"),
        taskDefinitionArn: arn("task-definition/web:1"),
        containerInstanceArn: arn(`container-instance/default/${world.instance.id}`),
        containers: [
          {
            containerArn: expect.stringContaining(arn(`container/default/${id}/`)),
            taskArn: arn(`task/default/${id}`),
            name: "app",
            image: "busybox",
            lastStatus: "STOPPED",
            exitCode: 3,
            runtimeId: "c1",
            cpu: "256",
            memory: "100",
            healthStatus: "UNKNOWN",
            networkInterfaces: [],
            networkBindings: [],
          },
        ],
        createdAt: expect.stringMatching(MOMENT),
        startedAt: expect.stringMatching(MOMENT),
        stoppingAt: expect.stringMatching(MOMENT),
        executionStoppedAt: expect.stringMatching(MOMENT),
        stoppedAt: expect.stringMatching(MOMENT),
        updatedAt: expect.stringMatching(MOMENT),
        desiredStatus: "STOPPED",
        lastStatus: "STOPPED",
        enableExecuteCommand: false,
        group: "family:web",
        healthStatus: "UNKNOWN",
        launchType: "EC2",
        overrides: {},
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        version: 3,
      },
    });
    expect(hook.received[0]).toMatchObject({
      method: "POST",
      path: "/hook",
      headers: { "content-type": "application/json; charset=utf-8", "x-key": "open sesame" },
    });
    expect(new Set(events.map(({ id: eventId }) => eventId)).size).toBe(3);
    await expect.poll(() => at.db.query("SELECT 1 FROM event_deliveries"), soon).toEqual([]);
  });

  test("arrive as ever when the task was put away before anybody looked", async () => {
    const { world, launched, report } = await aTask(at.db);
    const hook = await aWebhook();
    await aRule(at.db, world, hook);
    const id = await launched();
    await report(id, { lastStatus: "STOPPED", containers: [exited] });
    expect(await archiveStoppedTasks(at.db, 0)).toBe(1);
    await aBus(at.db);
    await vi.waitFor(() => expect(hook.received).toHaveLength(2), soon);
    const [first, last] = hook.received.map(eventOf).sort((a, b) => a.detail.version - b.detail.version);
    expect(first.detail).toMatchObject({ lastStatus: "PENDING", containers: [{ lastStatus: "PENDING" }] });
    expect(first.detail).not.toHaveProperty("stoppedAt");
    expect(last).toMatchObject({
      resources: [arn(`task/default/${id}`)],
      detail: {
        taskDefinitionArn: arn("task-definition/web:1"),
        lastStatus: "STOPPED",
        createdAt: expect.stringMatching(MOMENT),
        stoppedAt: expect.stringMatching(MOMENT),
        containers: [{ name: "app", exitCode: 3 }],
      },
    });
  });

  test("arrive only where a rule asks for them", async () => {
    const { world, launched, report } = await aTask(at.db);
    const [stops, all, elsewhere] = [await aWebhook(), await aWebhook(), await aWebhook()];
    await aRule(at.db, world, stops, { name: "a", pattern: { detail: { lastStatus: ["STOPPED"] } } });
    await aRule(at.db, world, all, { name: "b", pattern: { source: ["aws.ecs"] } });
    await aRule(at.db, world, elsewhere, { name: "c", pattern: { region: ["other"] } });
    await at.db.query("UPDATE events SET delivered_at = now()");
    await aBus(at.db);
    const id = await launched();
    await report(id, { lastStatus: "STOPPED", containers: [exited] });
    // Its instance changes with it, twice.
    await vi.waitFor(() => expect(all.received).toHaveLength(4), soon);
    await vi.waitFor(() => expect(stops.received).toHaveLength(1), soon);
    expect(eventOf(stops.received[0] ?? { body: "" }).detail.lastStatus).toBe("STOPPED");
    expect(elsewhere.received).toEqual([]);
  });
});

test("a log group gets each event as a line of a stream of the target, at the event's time", async () => {
  const { world, launched } = await aTask(at.db);
  const group = "/aws/events/all";
  await at.db.write((tx) =>
    insertLogGroup(tx, { scopeId: world.scope.id, name: group, class: "STANDARD", tags: {} }),
  );
  const logs = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:*`;
  const target = { pattern: '{"detail-type": [{"prefix": "ECS Task"}]}', arn: logs };
  await at.db.write((tx) => addTarget(tx, world, { ...target, name: "whole", details: {} }));
  const inputTransformer = {
    paths: { s: "$.detail.lastStatus", t: "$.detail.updatedAt" },
    template: '{"timestamp": <t>, "message": "is <s>"}',
  };
  await at.db.write((tx) => addTarget(tx, world, { ...target, name: "made", details: { inputTransformer } }));
  const gone = logs.replace("all", "gone");
  await at.db.write((tx) => addTarget(tx, world, { ...target, arn: gone, name: "gone", details: {} }));
  await aBus(at.db);
  const id = await launched();
  await expect.poll(() => listDeadDeliveries(at.db, 10), soon).toHaveLength(1);
  expect((await listDeadDeliveries(at.db, 10))[0]?.lastError).toBe(
    "the log group /aws/events/gone does not exist",
  );
  const lines = async (name: string) => {
    const { groupId, streamId } = await findLogStream(at.db, { scopeId: world.scope.id, group, name });
    if (groupId === null || streamId === null) return [];
    const page = await readLogEvents(at.db, {
      ...EVERYTHING,
      source: { groupId, streamIds: [streamId], streamPrefix: null },
    });
    return page.events;
  };
  await expect.poll(() => lines("whole/1"), soon).toHaveLength(1);
  await expect.poll(() => lines("made/1"), soon).toHaveLength(1);
  const [whole] = await lines("whole/1");
  expect(JSON.parse(whole?.message ?? "").resources).toEqual([arn(`task/default/${id}`)]);
  expect(new Date(whole?.timestampMs ?? 0).toISOString()).toBe(
    JSON.parse(whole?.message ?? "").time.replace("Z", ".000Z"),
  );
  const updatedAtMs = Date.parse(JSON.parse(whole?.message ?? "").detail.updatedAt);
  expect(await lines("made/1")).toMatchObject([{ timestampMs: updatedAtMs, message: "is PENDING" }]);
});

test("an event that was put arrives with its own id, source and time", async () => {
  const { world } = await aTask(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook, { pattern: { source: ["shop"] } });
  await insertCustomEvents(at.db, world.scope.id, [
    {
      id: "11111111-2222-3333-4444-555555555555",
      source: "shop",
      detailType: "Order",
      resources: ["r"],
      detail: '{"n":1.50,"z":{"a":[]}}',
      timeMs: Date.parse("2020-01-01T00:00:00Z"),
    },
  ]);
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(1), soon);
  expect(eventOf(hook.received[0] ?? { body: "" })).toEqual({
    version: "0",
    id: "11111111-2222-3333-4444-555555555555",
    "detail-type": "Order",
    source: "shop",
    account: ACCOUNT,
    time: "2020-01-01T00:00:00Z",
    region: REGION,
    resources: ["r"],
    detail: { n: 1.5, z: { a: [] } },
  });
});

test("an instance's changes arrive, those too of what its tasks leave of it", async () => {
  const { world, launched, report } = await aTask(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook, { pattern: { "detail-type": [{ prefix: "ECS Container Instance" }] } });
  const resources = JSON.stringify([{ name: "CPU", type: "INTEGER", integerValue: 1024 }]);
  await at.db.query("UPDATE container_instances SET registered_resources = $1", [resources]);
  const id = await launched();
  await report(id, { lastStatus: "STOPPED", containers: [exited] });
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(3), soon);
  const events = hook.received.map(eventOf).sort((a, b) => a.detail.version - b.detail.version);
  expect(events.map(({ detail }) => detail.remainingResources[0].integerValue)).toEqual([1024, 768, 1024]);
  const instanceArn = arn(`container-instance/default/${world.instance.id}`);
  expect(events[0]).toMatchObject({
    "detail-type": "ECS Container Instance State Change",
    source: "aws.ecs",
    resources: [instanceArn],
    detail: {
      containerInstanceArn: instanceArn,
      status: "ACTIVE",
      agentConnected: false,
      pendingTasksCount: 0,
      runningTasksCount: 0,
      registeredAt: expect.stringMatching(MOMENT),
      updatedAt: expect.stringMatching(MOMENT),
    },
  });
});

test("what is more than a day old is delivered no more", async () => {
  const { world, launched } = await aTask(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook);
  await launched();
  await at.db.query("UPDATE events SET at = at - interval '25 hours'");
  const id = await launched();
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(1), soon);
  expect(eventOf(hook.received[0] ?? { body: "" }).resources).toEqual([arn(`task/default/${id}`)]);
  expect(await at.db.query("SELECT 1 FROM events WHERE delivered_at IS NULL")).toEqual([]);
});

test("an event or a rule that cannot be read keeps no other waiting", async () => {
  const { world, launched } = await aTask(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook);
  await aRule(at.db, world, hook, { name: "odd" });
  await at.db.query("UPDATE event_rules SET pattern = '[]' WHERE name = 'odd'");
  await at.db.query(
    "INSERT INTO events (scope_id, kind, object_id, version, detail) VALUES ($1, 'custom', 'x', 1, '{}')",
    [world.scope.id],
  );
  const id = await launched();
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(1), soon);
  expect(eventOf(hook.received[0] ?? { body: "" }).resources).toEqual([arn(`task/default/${id}`)]);
  await expect.poll(() => at.db.query("SELECT 1 FROM events WHERE delivered_at IS NULL"), soon).toEqual([]);
});

test("two buses route and deliver each event once", async () => {
  const { world, launched } = await aTask(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook);
  await Promise.all([aBus(at.db), aBus(at.db)]);
  const ids = [await launched(), await launched(), await launched(), await launched()];
  await vi.waitFor(() => expect(hook.received).toHaveLength(4), soon);
  await expect.poll(() => at.db.query("SELECT 1 FROM events WHERE delivered_at IS NULL"), soon).toEqual([]);
  expect(hook.received.map((call) => eventOf(call).resources[0].split("/").at(-1)).sort()).toEqual(
    ids.sort(),
  );
});
