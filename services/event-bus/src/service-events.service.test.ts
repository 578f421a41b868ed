/** What services do, and how their deployments go, arrives at webhooks as EventBridge shapes it. */
import type { Db } from "@roadstead/db/connect";
import { insertServiceEvents } from "@roadstead/db/service-events";
import { moveDeployment } from "@roadstead/db/service-rollouts";
import { createService } from "@roadstead/db/services";
import { aWorld, type World } from "@roadstead/db/world.test-data";
import { steadyMessage, unplacedMessage } from "@roadstead/deployment/messages";
import { expect, test, vi } from "vitest";
import { aBus, aRule, arn, at, aWebhook, soon } from "./event-bus.test-data.ts";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function aService(db: Db, world: World) {
  const created = await db.write((tx) =>
    createService(tx, {
      scopeId: world.scope.id,
      clusterId: world.cluster.id,
      name: "web",
      schedulingStrategy: "REPLICA",
      launchType: "EC2",
      desiredCount: 1,
      taskDefinitionId: world.definition.id,
      details: {
        deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
        placementConstraints: [],
        placementStrategy: [],
        healthCheckGracePeriodSeconds: null,
        enableECSManagedTags: false,
        propagateTags: "NONE",
        availabilityZoneRebalancing: "DISABLED",
      },
      tags: [],
      enableExecuteCommand: false,
      clientToken: null,
      requestHash: "hash",
      createdBy: "arn:aws:iam::000000000000:root",
    }),
  );
  if (created.kind !== "created") throw new Error("not created");
  const [deployment] = await db.query<{ id: string }>("SELECT id FROM service_deployments");
  return { serviceId: created.service.id, deploymentId: deployment?.id ?? "" };
}

test("actions arrive in the words of events, once each", async () => {
  const world = await aWorld(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook, { pattern: { "detail-type": ["ECS Service Action"] } });
  const { serviceId } = await aService(at.db, world);
  const unplaced = unplacedMessage("web", { reason: "RESOURCE:CPU", instanceId: "i" });
  await at.db.write((tx) =>
    insertServiceEvents(
      tx,
      [steadyMessage("web"), unplaced, "(service web) said something."].map((message) => ({
        serviceId,
        message,
      })),
    ),
  );
  await at.db.query("DELETE FROM service_deployments");
  await at.db.query("DELETE FROM services");
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(2), soon);
  const events = hook.received.map(({ body }) => JSON.parse(body));
  expect(events.find(({ detail }) => detail.eventType === "INFO")).toMatchObject({
    version: "0",
    source: "aws.ecs",
    "detail-type": "ECS Service Action",
    resources: [arn("service/default/web")],
    detail: {
      eventType: "INFO",
      eventName: "SERVICE_STEADY_STATE",
      clusterArn: arn("cluster/default"),
      createdAt: expect.stringMatching(MOMENT),
    },
  });
  expect(events.find(({ detail }) => detail.eventType === "ERROR")?.detail).toEqual({
    eventType: "ERROR",
    eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
    clusterArn: arn("cluster/default"),
    createdAt: expect.stringMatching(MOMENT),
    reason: "RESOURCE:CPU",
  });
});

test.each([
  ["COMPLETED", "INFO"],
  ["FAILED", "ERROR"],
] as const)("a deployment arrives in progress, and %s when it is", async (change, eventType) => {
  const world = await aWorld(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook, { pattern: { "detail-type": ["ECS Deployment State Change"] } });
  const { deploymentId } = await aService(at.db, world);
  for (let time = 0; time < 2; time++) {
    await at.db.write((tx) => moveDeployment(tx, { id: deploymentId, change, reason: "said." }));
  }
  await aBus(at.db);
  await vi.waitFor(() => expect(hook.received).toHaveLength(2), soon);
  const events = hook.received.map(({ body }) => JSON.parse(body));
  const named = (eventName: string) => events.find(({ detail }) => detail.eventName === eventName);
  expect(named("SERVICE_DEPLOYMENT_IN_PROGRESS")).toMatchObject({
    "detail-type": "ECS Deployment State Change",
    resources: [arn("service/default/web")],
    detail: {
      eventType: "INFO",
      deploymentId,
      updatedAt: expect.stringMatching(MOMENT),
      reason: `ECS deployment ${deploymentId} in progress.`,
    },
  });
  expect(named(`SERVICE_DEPLOYMENT_${change}`)?.detail).toMatchObject({
    eventType,
    deploymentId,
    reason: "said.",
  });
});
