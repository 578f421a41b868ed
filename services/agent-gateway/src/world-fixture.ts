/** A world for the gateway's service tests: an account, a cluster, a task definition, a machine and its agent's key. */
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { bindAgent, createAgentKey } from "@roadstead/db/agents";
import { createCluster } from "@roadstead/db/clusters";
import type { Db } from "@roadstead/db/connect";
import { insertContainerInstance } from "@roadstead/db/container-instances";
import { type NewLaunchRequest, openLaunchRequest } from "@roadstead/db/launch-requests";
import { commitPlacement, loadPlacement } from "@roadstead/db/place-tasks";
import { findScope, type Scope } from "@roadstead/db/scopes";
import type { SecretBox } from "@roadstead/db/secrets";
import { insertTaskDefinition } from "@roadstead/db/task-definitions";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import { containerInstanceArn } from "@roadstead/model/arn";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { aContainer, aDefinition } from "./decide/definition-builders.ts";

export const REGION = "eu-test-1";

export type World = Awaited<ReturnType<typeof aWorld>>;

export async function aWorld(db: Db, box: SecretBox) {
  const place = { accountId: FIRST_ACCOUNT_ID, region: REGION };
  const account = { accountId: FIRST_ACCOUNT_ID, name: "first", regions: [REGION] };
  const administrator = await bootstrapAccount(db, box, account);
  const scope = await findScope(db, place);
  if (!scope) throw new Error("no scope");
  const key = await createAgentKey(db, box, { scope, clusterName: "default" });
  const rows = await aMachine(db, scope);
  return {
    ...rows,
    key,
    administrator,
    instanceArn: containerInstanceArn(place, "default", rows.instance.id),
    scope,
    /** Places `count` tasks on the machine, in awsvpc mode where they are to have a network; answers their ids. */
    async placeTasks(count: number, network: TaskNetwork | null = null): Promise<readonly string[]> {
      const launch = aLaunch(scope, rows, count, network);
      const { request } = await db.write((tx) => openLaunchRequest(tx, launch));
      const snapshot = await db.read((tx) => loadPlacement(tx, rows.cluster.id));
      const placements = snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: rows.instance.id }));
      await db.write((tx) => commitPlacement(tx, rows.cluster.id, snapshot, { placements, failures: [] }));
      return (await tasksOfLaunch(db, request.id)).map(({ id }) => id);
    },
  };
}

const NO_DETAILS = {
  settings: [],
  configuration: null,
  serviceConnectDefaults: null,
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
};

const WEB = aDefinition({
  networkMode: "bridge",
  containerDefinitions: [
    aContainer({
      cpu: 8,
      memory: 32,
      environment: [{ name: "MODE", value: "prod" }],
      healthCheck: { command: ["CMD", "true"], interval: 5, timeout: 2, retries: 1 },
    }),
  ],
});

/** In cluster `default`, bound to the one agent there is. */
async function aMachine(db: Db, scope: Scope) {
  const [agent] = await db.query<{ id: string }>("SELECT id FROM agents");
  if (!agent) throw new Error("no agent");
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
      definition: WEB,
      compatibilities: ["EC2"],
      requiresAttributes: [],
      tags: [],
      registeredBy: "arn:aws:iam::000000000000:root",
    });
    const instance = await insertContainerInstance(tx, {
      scopeId: scope.id,
      clusterId: cluster.id,
      agentId: agent.id,
      clientToken: null,
      ec2InstanceId: null,
      versionInfo: {},
      attributes: [],
      tags: [],
      resources: [],
      capacity: { cpu: 4096, memoryMiB: 8192, gpuIds: [], reservedPorts: [] },
    });
    await bindAgent(tx, agent.id, instance.id);
    return { cluster, definition, instance };
  });
}

const aLaunch = (
  scope: Scope,
  { cluster, definition }: Awaited<ReturnType<typeof aMachine>>,
  count: number,
  network: TaskNetwork | null,
): NewLaunchRequest => ({
  scopeId: scope.id,
  clusterId: cluster.id,
  clientToken: null,
  requestHash: "hash",
  deadlineMs: 60_000,
  parameters: { constraints: [], strategy: [] },
  instanceIds: null,
  count,
  task: {
    taskDefinitionId: definition.id,
    family: "web",
    launchType: "EC2",
    group: "family:web",
    startedBy: null,
    demand: { cpu: 8, memoryMiB: 32, ports: [], gpus: 0 },
    cpu: null,
    memory: null,
    overrides: {},
    containers: [
      {
        name: "app",
        image: "busybox",
        essential: true,
        cpu: 8,
        memoryMiB: 32,
        memoryReservationMiB: null,
        hasHealthCheck: true,
      },
    ],
    tags: [],
    enableExecuteCommand: false,
    network,
  },
});
