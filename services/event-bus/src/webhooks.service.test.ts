/** How webhooks are called, and what becomes of events that they do not take. */
import { listDeadDeliveries } from "@roadstead/db/event-deliveries";
import { describe, expect, test, vi } from "vitest";
import { aBus, aRule, arn, aTask, at, aWebhook, NO_PARAMETERS, soon } from "./event-bus.test-data.ts";

describe("a webhook", () => {
  test("that fails is called again with the same event, until it takes it", async () => {
    const { world, launched } = await aTask(at.db);
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
      const { world, launched } = await aTask(at.db);
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

  test("that never answers keeps no other waiting", async () => {
    const { world, launched } = await aTask(at.db);
    const [silent, quick] = [await aWebhook(), await aWebhook()];
    silent.answers.push(-1, -1);
    await aRule(at.db, world, silent, { name: "silent", details: { retry: { attemptsMax: 0 } } });
    await aRule(at.db, world, quick, { name: "quick" });
    await aBus(at.db, { ROADSTEAD_EVENT_TIMEOUT_MS: "60000" });
    await launched();
    await vi.waitFor(() => expect(silent.received).toHaveLength(1), soon);
    await vi.waitFor(() => expect(quick.received).toHaveLength(1), soon);
    await launched();
    await vi.waitFor(() => expect(silent.received).toHaveLength(2), soon);
    await vi.waitFor(() => expect(quick.received).toHaveLength(2), soon);
    expect(await listDeadDeliveries(at.db, 10)).toEqual([]);
    silent.hangUp();
  });

  test("that never answers is given up after the timeout", async () => {
    const { world, launched } = await aTask(at.db);
    const silent = await aWebhook();
    silent.answers.push(-1);
    await aRule(at.db, world, silent, { details: { retry: { attemptsMax: 0 } } });
    await aBus(at.db, { ROADSTEAD_EVENT_TIMEOUT_MS: "200" });
    await launched();
    await expect.poll(() => listDeadDeliveries(at.db, 10), soon).toHaveLength(1);
    expect((await listDeadDeliveries(at.db, 10))[0]?.lastError).toMatch(/did not answer in time/);
  });

  test("is called as its connection and target say", async () => {
    const { world, launched } = await aTask(at.db);
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
