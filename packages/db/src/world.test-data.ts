/** A migrated database with an account, a cluster, a task definition and one machine, for tests on real PostgreSQL. */
import { randomBytes } from "node:crypto";
import { usePostgres } from "@roadstead/testing/postgres";
import { afterEach, beforeEach } from "vitest";
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "./accounts.ts";
import { createCluster } from "./clusters.ts";
import { type Db, openDb } from "./connect.ts";
import { findContainerInstance, insertContainerInstance, type Registration } from "./container-instances.ts";
import type { CommittedBell } from "./flush-bells.ts";
import { type NewLaunchRequest, openLaunchRequest } from "./launch-requests.ts";
import { migrate } from "./migrate.ts";
import { commitPlacement, loadPlacement, type PlacementDecision } from "./place-tasks.ts";
import type { Scope } from "./scopes.ts";
import { findScope } from "./scopes.ts";
import { createSecretBox, type SecretBox } from "./secrets.ts";
import { insertTaskDefinition } from "./task-definitions.ts";
import { tasksOfLaunch } from "./tasks.ts";

export const REGION = "eu-test-1";
export const box: SecretBox = createSecretBox([{ id: "a", key: randomBytes(32) }], "test");

/** Opens the running test's database; call it at the top of a file. */
export function useDb() {
  const postgres = usePostgres({ migrate });
  let db: Db | undefined;
  let rung: CommittedBell[] = [];
  beforeEach(() => {
    rung = [];
    db = openDb({ url: postgres.url(), max: 8, onCommittedBells: (bells) => rung.push(...bells) });
  });
  afterEach(() => db?.close());
  return {
    url: () => postgres.url(),
    get db(): Db {
      if (!db) throw new Error("the database is for running tests and their hooks");
      return db;
    },
    /** What commits of this test have rung. */
    get rung(): readonly CommittedBell[] {
      return rung;
    },
  };
}

export const NO_DETAILS = {
  settings: [],
  configuration: null,
  serviceConnectDefaults: null,
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
} as const;

export async function aScope(db: Db): Promise<Scope> {
  await bootstrapAccount(db, box, { accountId: FIRST_ACCOUNT_ID, name: "first", regions: [REGION] });
  const scope = await findScope(db, { accountId: FIRST_ACCOUNT_ID, region: REGION });
  if (!scope) throw new Error("no scope");
  return scope;
}

/** A machine of 1024 CPU units and 1000 MiB, with the port of its ssh server taken. */
export const aRegistration = (
  world: { readonly scope: Scope; readonly cluster: { readonly id: string } },
  over: Partial<Registration> = {},
): Registration => ({
  scopeId: world.scope.id,
  clusterId: world.cluster.id,
  agentId: null,
  clientToken: null,
  ec2InstanceId: null,
  versionInfo: {},
  attributes: [],
  tags: [],
  resources: [],
  capacity: { cpu: 1024, memoryMiB: 1000, gpuIds: [], reservedPorts: [{ protocol: "tcp", port: 22 }] },
  ...over,
});

export async function aWorld(db: Db) {
  const scope = await aScope(db);
  return db.write(async (tx) => {
    const cluster = await createCluster(tx, {
      scopeId: scope.id,
      name: "default",
      details: NO_DETAILS,
      tags: [],
    });
    const definition = await insertTaskDefinition(tx, {
      scopeId: scope.id,
      family: "web",
      definition: { family: "web", containerDefinitions: [], volumes: [], placementConstraints: [] },
      compatibilities: ["EC2"],
      requiresAttributes: [],
      tags: [],
      registeredBy: "arn:aws:iam::000000000000:root",
    });
    const instance = await insertContainerInstance(tx, aRegistration({ scope, cluster }));
    return { scope, cluster, definition, instance };
  });
}

export type World = Awaited<ReturnType<typeof aWorld>>;

/** A launch of one task of 256 CPU units and 100 MiB. */
export const aLaunch = (world: World, launch: Partial<NewLaunchRequest> = {}): NewLaunchRequest => ({
  scopeId: world.scope.id,
  clusterId: world.cluster.id,
  clientToken: null,
  requestHash: "hash",
  deadlineMs: 60_000,
  parameters: { constraints: [], strategy: [] },
  instanceIds: null,
  count: 1,
  task: {
    taskDefinitionId: world.definition.id,
    family: "web",
    launchType: "EC2",
    group: "family:web",
    startedBy: null,
    demand: { cpu: 256, memoryMiB: 100, ports: [], gpus: 0 },
    cpu: null,
    memory: null,
    overrides: {},
    containers: [
      {
        name: "app",
        image: "busybox",
        essential: true,
        cpu: 256,
        memoryMiB: 100,
        memoryReservationMiB: null,
        hasHealthCheck: false,
      },
    ],
    tags: [],
    enableExecuteCommand: false,
  },
  ...launch,
});

export const openLaunch = (db: Db, launch: NewLaunchRequest) =>
  db.write((tx) => openLaunchRequest(tx, launch));

/** Loads and commits with everything placed on the one machine. */
export async function placeAll(db: Db, world: World) {
  const snapshot = await db.read((tx) => loadPlacement(tx, world.cluster.id));
  const decision: PlacementDecision = {
    placements: snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: world.instance.id })),
    failures: [],
  };
  return db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, decision));
}

/** Launches and places so many tasks, in the order of their ids. */
export async function placedTasks(db: Db, world: World, count: number) {
  const { request } = await openLaunch(db, aLaunch(world, { count }));
  await placeAll(db, world);
  return tasksOfLaunch(db, request.id);
}

export const freeCpu = async (db: Db, world: World) =>
  (await findContainerInstance(db, world.instance.id))?.cpuFree;
