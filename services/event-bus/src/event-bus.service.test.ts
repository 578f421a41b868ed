/** What happens to tasks and instances arrives at webhooks as EventBridge shapes it, on real PostgreSQL and HTTP. */
import { listDeadDeliveries } from "@roadstead/db/event-deliveries";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { aLaunch, aWorld, openLaunch, placeAll, REGION, useDb } from "@roadstead/db/world.test-data";
import { describe, expect, test, vi } from "vitest";
import { aBus, aRule, aWebhook, NO_PARAMETERS } from "./event-bus.test-data.ts";

const at = useDb();
const ACCOUNT = "000000000000";
const arn = (rest: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${rest}`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const soon = { timeout: 10_000, interval: 20 };

const exited = {
  name: "app",
  status: "STOPPED",
  exitCode: 3,
  reason: null,
  runtimeId: "c1",
  imageDigest: null,
  networkBindings: null,
} as const;

async function aTask() {
  const world = await aWorld(at.db);
  const launched = async () => {
    const { request } = await openLaunch(at.db, aLaunch(world));
    await placeAll(at.db, world);
    const [task] = await tasksOfLaunch(at.db, request.id);
    if (!task) throw new Error("not placed");
    return task.id;
  };
  const report = (taskId: string, change: Omit<Parameters<typeof transitionTasks>[1][number], "taskId">) =>
    at.db.write((tx) => transitionTasks(tx, [{ taskId, ...change }]));
  return { world, launched, report };
}

const eventOf = ({ body }: { readonly body: string }) => JSON.parse(body);

describe("a task's state changes", () => {
  test("arrive once each, as EventBridge shapes them, each as the task was then", async () => {
    const { world, launched, report } = await aTask();
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
    expect(await at.db.query("SELECT 1 FROM event_deliveries")).toEqual([]);
  });

  test("arrive only where a rule asks for them", async () => {
    const { world, launched, report } = await aTask();
    const [stops, all, elsewhere] = [await aWebhook(), await aWebhook(), await aWebhook()];
    await aRule(at.db, world, stops, { name: "a", pattern: { detail: { lastStatus: ["STOPPED"] } } });
    await aRule(at.db, world, all, { name: "b", pattern: { source: ["aws.ecs"] } });
    await aRule(at.db, world, elsewhere, { name: "c", pattern: { region: ["other"] } });
    await at.db.query("UPDATE events SET delivered_at = now()");
    await aBus(at.db);
    const id = await launched();
    await report(id, { lastStatus: "STOPPED", containers: [exited] });
    await vi.waitFor(() => expect(all.received).toHaveLength(2), soon);
    await vi.waitFor(() => expect(stops.received).toHaveLength(1), soon);
    expect(eventOf(stops.received[0] ?? { body: "" }).detail.lastStatus).toBe("STOPPED");
    expect(elsewhere.received).toEqual([]);
  });
});

describe("a webhook", () => {
  test("that fails is called again with the same event, until it takes it", async () => {
    const { world, launched } = await aTask();
    const hook = await aWebhook();
    hook.answers.push(500, 503, 429);
    await aRule(at.db, world, hook);
    await aBus(at.db);
    await launched();
    await vi.waitFor(() => expect(hook.received).toHaveLength(4), soon);
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
    await expect.poll(() => at.db.query("SELECT 1 FROM event_deliveries"), soon).toEqual([]);
    expect(await listDeadDeliveries(at.db, 10)).toEqual([]);
  });

  test.each([
    ["that refuses an event", [400], {}, 1, "the endpoint answered 400"],
    ["that redirects", [302], {}, 1, "the endpoint answered 302"],
    ["that fails too often", [500, 500, 500], { retry: { attemptsMax: 2 } }, 3, "the endpoint answered 500"],
  ])(
    "%s gets it no more, and a dead letter says why",
    async (_name, answers, details, attempts, lastError) => {
      const { world, launched } = await aTask();
      const hook = await aWebhook({ location: "/elsewhere" });
      hook.answers.push(...answers);
      await aRule(at.db, world, hook, { details });
      await aBus(at.db);
      const id = await launched();
      await expect.poll(() => listDeadDeliveries(at.db, 10), soon).toHaveLength(1);
      const [dead] = await listDeadDeliveries(at.db, 10);
      expect(dead).toMatchObject({ rule: "rule", targetId: "1", attempts, lastError });
      expect(dead?.event).toContain(id);
      expect(hook.received).toHaveLength(attempts);
    },
  );

  test("that never answers keeps no other waiting, and is given up after the timeout", async () => {
    const { world, launched } = await aTask();
    const [silent, quick] = [await aWebhook(), await aWebhook()];
    silent.answers.push(-1, -1, -1);
    await aRule(at.db, world, silent, { name: "silent", details: { retry: { attemptsMax: 0 } } });
    await aRule(at.db, world, quick, { name: "quick" });
    await aBus(at.db, { ROADSTEAD_EVENT_TIMEOUT_MS: "1000" });
    await launched();
    await vi.waitFor(() => expect(quick.received).toHaveLength(1), { timeout: 900, interval: 10 });
    await expect.poll(() => listDeadDeliveries(at.db, 10), soon).toHaveLength(1);
    expect((await listDeadDeliveries(at.db, 10))[0]?.lastError).toMatch(/did not answer in time/);
  });

  test("is called as its connection and target say", async () => {
    const { world, launched } = await aTask();
    const hook = await aWebhook();
    await aRule(at.db, world, hook, {
      endpoint: `${hook.url}/*/x`,
      parameters: {
        ...NO_PARAMETERS,
        basic: { username: "ann", password: "pw" },
        headers: [{ key: "x-own", value: "connection", isSecret: true }],
        query: [{ key: "q", value: "1 2", isSecret: false }],
        body: [{ key: "token", value: "t", isSecret: true }],
      },
      details: {
        http: { path: ["a/b"], headers: { "x-own": "target", "x-more": "m" }, query: { r: "2" } },
        inputTransformer: {
          paths: { task: "$.resources[0]", status: "$.detail.lastStatus", none: "$.detail.nothing" },
          template:
            '{"text": "<task> is \\"<status>\\"<none>", "status": <status>, "by": "<aws.events.rule-name>"}',
        },
      },
    });
    await aBus(at.db);
    const id = await launched();
    await vi.waitFor(() => expect(hook.received).toHaveLength(1), soon);
    const [call] = hook.received;
    expect(call?.path).toBe("/hook/a%2Fb/x?q=1+2&r=2");
    expect(call?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("ann:pw").toString("base64")}`,
      "x-own": "connection",
      "x-more": "m",
    });
    expect(JSON.parse(call?.body ?? "")).toEqual({
      text: `${arn(`task/default/${id}`)} is "PENDING"`,
      status: "PENDING",
      by: "rule",
      token: "t",
    });
  });
});

test("an instance's changes arrive with its counts", async () => {
  const { world, launched } = await aTask();
  const hook = await aWebhook();
  await aRule(at.db, world, hook, { pattern: { "detail-type": [{ prefix: "ECS Container Instance" }] } });
  await launched();
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(1), soon);
  const event = eventOf(hook.received[0] ?? { body: "" });
  const instanceArn = arn(`container-instance/default/${world.instance.id}`);
  expect(event).toMatchObject({
    "detail-type": "ECS Container Instance State Change",
    source: "aws.ecs",
    resources: [instanceArn],
    detail: {
      containerInstanceArn: instanceArn,
      status: "ACTIVE",
      agentConnected: false,
      pendingTasksCount: 1,
      runningTasksCount: 0,
      registeredAt: expect.stringMatching(MOMENT),
      updatedAt: expect.stringMatching(MOMENT),
    },
  });
});

test("two buses route and deliver each event once", async () => {
  const { world, launched } = await aTask();
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
