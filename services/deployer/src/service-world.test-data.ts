/** A cluster with one machine and a service on it, with what an agent would report, for tests of passes on real PostgreSQL. */
import { openSession } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import type { ServiceDetails } from "@roadstead/db/schema/service";
import { eventsOfServices } from "@roadstead/db/service-events";
import { createService, lockService, updateService } from "@roadstead/db/services";
import { insertTaskDefinition } from "@roadstead/db/task-definitions";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { aWorld, placeAll, useDb, type World } from "@roadstead/db/world.test-data";
import type { TaskChange } from "@roadstead/model/task-transition";
import { type ReconcileServiceDeps, reconcileService } from "./reconcile-service.ts";

export const at = useDb();

const DETAILS: ServiceDetails = {
  deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
  placementConstraints: [],
  placementStrategy: [],
  healthCheckGracePeriodSeconds: null,
  enableECSManagedTags: false,
  propagateTags: "NONE",
  availabilityZoneRebalancing: "DISABLED",
};

const deps = (db: Db = at.db): ReconcileServiceDeps => ({
  db,
  settings: { healthyAfterMs: 0 },
  registries: {
    registryHost: "127.0.0.1:4701",
    domain: "roadstead.internal",
    default: { accountId: "000000000000", region: "eu-test-1" },
  },
});

export const definitionOf = (world: World, image: string) =>
  at.db.write((tx) =>
    insertTaskDefinition(tx, {
      scopeId: world.scope.id,
      family: "web",
      definition: {
        family: "web",
        containerDefinitions: [
          {
            name: "app",
            image,
            essential: true,
            cpu: 64,
            memory: 32,
            portMappings: [],
            environment: [],
            mountPoints: [],
            volumesFrom: [],
            systemControls: [],
          },
        ],
        volumes: [],
        placementConstraints: [],
      },
      compatibilities: ["EC2"],
      requiresAttributes: [],
      tags: [],
      registeredBy: "arn:aws:iam::000000000000:root",
    }),
  );

/** A cluster with one connected machine, and a service there. */
export async function aService(desiredCount: number, details: Partial<ServiceDetails> = {}) {
  const world = await aWorld(at.db);
  const definition = await definitionOf(world, "127.0.0.1:4701/web:1");
  await at.db.write((tx) =>
    openSession(tx, { instanceId: world.instance.id, gatewayId: "g1", versionInfo: {} }),
  );
  const created = await at.db.write((tx) =>
    createService(tx, {
      scopeId: world.scope.id,
      clusterId: world.cluster.id,
      name: "web",
      schedulingStrategy: "REPLICA",
      launchType: "EC2",
      desiredCount,
      taskDefinitionId: definition.id,
      details: { ...DETAILS, ...details },
      tags: [],
      enableExecuteCommand: false,
      clientToken: null,
      requestHash: "hash",
      createdBy: "arn:aws:iam::000000000000:root",
    }),
  );
  if (created.kind !== "created") throw new Error("not created");
  return { world, id: created.service.id, definition };
}

export type Subject = Awaited<ReturnType<typeof aService>>;

export const pass = ({ id }: Pick<Subject, "id">, db?: Db) => reconcileService(deps(db), id);

interface TaskRow {
  readonly id: string;
  readonly deployment: string;
  readonly status: string;
  readonly desired: string;
}
export const tasksOf = ({ id }: Pick<Subject, "id">) =>
  at.db.query<TaskRow>(
    `SELECT s.task_id AS id, t.deployment_id AS deployment, s.last_status AS status, s.desired_status AS desired
     FROM task_state s JOIN tasks t ON t.id = s.task_id WHERE s.service_id = $1 AND s.last_status <> 'STOPPED' ORDER BY 1`,
    [id],
  );
export const count = async (subject: Pick<Subject, "id">) => (await tasksOf(subject)).length;
export const report = (ids: readonly string[], change: Omit<TaskChange, "taskId">) =>
  at.db.write((tx) =>
    transitionTasks(
      tx,
      ids.map((taskId) => ({ taskId, ...change })),
    ),
  );
export const stopped = (reason?: string): Omit<TaskChange, "taskId"> => ({
  lastStatus: "STOPPED",
  ...(reason ? { reason } : {}),
});
/** What the agent would do: everything placed runs, everything told to stop has stopped. */
export async function settle(subject: Subject) {
  await placeAll(at.db, subject.world);
  const tasks = await tasksOf(subject);
  await report(
    tasks.filter(({ status, desired }) => status === "PENDING" && desired === "RUNNING").map(({ id }) => id),
    { lastStatus: "RUNNING" },
  );
  await report(
    tasks.filter(({ desired }) => desired === "STOPPED").map(({ id }) => id),
    stopped(),
  );
}
/** Passes and agents in turn until nothing changes any more. */
export async function converge(subject: Subject) {
  for (let round = 0; round < 30; round++) {
    const { started, stopped: ended } = await pass(subject);
    if (started + ended === 0) return;
    await settle(subject);
  }
  throw new Error("no end in sight");
}
export const said = async ({ id }: Pick<Subject, "id">) =>
  (await eventsOfServices(at.db, [id]))
    .map(({ message }) =>
      message.replace(/\(task [0-9a-f]{32}\)/g, "(task T)").replace(/ecs-svc\/\d+/g, "ecs-svc/N"),
    )
    .reverse();
export const deployments = ({ id }: Pick<Subject, "id">) =>
  at.db.query(
    `SELECT status, rollout_state AS "rolloutState", service_deployment_status AS outcome, failed_tasks AS failed
     FROM service_deployments WHERE service_id = $1 ORDER BY created_at`,
    [id],
  );
export const serviceRow = async ({ id }: Pick<Subject, "id">) =>
  (
    await at.db.query<{ status: string; placement: { attempts: number } }>(
      "SELECT status, placement FROM services WHERE id = $1",
      [id],
    )
  )[0];
export const bells = (subject: Pick<Subject, "id">) =>
  at.db.query<{ isTimer: boolean }>(
    `SELECT not_before > created_at AS "isTimer" FROM bells WHERE kind = 'reconcileService' AND key = $1`,
    [subject.id],
  );
export async function change(subject: Subject, over: Partial<Parameters<typeof updateService>[2]>) {
  await at.db.write(async (tx) => {
    const held = await lockService(tx, subject.world.cluster.id, "web");
    if (!held) throw new Error("no service");
    await updateService(tx, held, {
      desiredCount: held.desiredCount,
      taskDefinitionId: held.taskDefinitionId,
      details: held.details,
      enableExecuteCommand: held.enableExecuteCommand,
      newDeployment: false,
      ...over,
    });
  });
}
