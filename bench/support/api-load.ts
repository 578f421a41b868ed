/** Measures DescribeTasks and RegisterTaskDefinition on several servers in turns, so that a busy moment hits all alike. */

import { treeCpuMs } from "./cpu-time.ts";
import { createEcsClient, type EcsClient, type Endpoint } from "./ecs-client.ts";
import { applyLoad, type LoadResult } from "./request-load.ts";

export const OPERATIONS = ["DescribeTasks", "RegisterTaskDefinition"] as const;
export const CONCURRENCIES = [1, 16] as const;
const CONNECTIONS = Array.from({ length: Math.max(...CONCURRENCIES) }, (_, n) => n);
const TASKS = 10;
const WARM_UP_MS = 300;
/** Code that was never run is slow on either side. */
const FIRST_WARM_UP_MS = 1_500;

export type BenchedOperation = (typeof OPERATIONS)[number];

export interface Server {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Whose processor time counts as the server's. */
  readonly pid: number;
  /** Where it keeps its state, when that is in other processes. */
  readonly storePids: readonly number[];
  /** moto has no machines to place on; its FARGATE tasks need none. */
  readonly launchType: "EC2" | "FARGATE";
}

export interface Measurement extends LoadResult {
  readonly server: string;
  readonly operation: BenchedOperation;
  readonly concurrency: number;
  readonly serverCpuUs: number;
  readonly storeCpuUs: number;
  readonly clientCpuUs: number;
}

interface Prepared {
  readonly server: Server;
  readonly client: EcsClient;
  readonly taskArns: readonly string[];
  /** One for each connection, sent over and over. */
  readonly bodies: Readonly<Record<BenchedOperation, readonly string[]>>;
}

export async function measureServers(
  servers: readonly Server[],
  options: { readonly repetitions: number; readonly durationMs: number },
): Promise<readonly Measurement[]> {
  const prepared: Prepared[] = [];
  try {
    for (const server of servers) prepared.push(await prepare(server));
    for (const side of prepared) await warmUp(side);
    const measurements: Measurement[] = [];
    for (let repetition = 0; repetition < options.repetitions; repetition++) {
      for (const operation of OPERATIONS) {
        for (const concurrency of CONCURRENCIES) {
          for (const side of prepared) {
            measurements.push(await measure(side, operation, { concurrency, ...options }));
          }
        }
      }
    }
    return measurements;
  } finally {
    for (const side of prepared) await tidy(side);
  }
}

async function warmUp({ client, bodies }: Prepared): Promise<void> {
  for (const operation of OPERATIONS) {
    await applyLoad({ client, operation, bodies: bodies[operation], durationMs: FIRST_WARM_UP_MS });
  }
}

async function measure(
  { server, client, bodies }: Prepared,
  operation: BenchedOperation,
  { concurrency, durationMs }: { readonly concurrency: number; readonly durationMs: number },
): Promise<Measurement> {
  const load = { client, operation, bodies: bodies[operation].slice(0, concurrency) };
  await applyLoad({ ...load, durationMs: WARM_UP_MS });
  const serverBefore = treeCpuMs(server.pid);
  const storesBefore = storesCpuMs(server);
  const clientBefore = process.cpuUsage();
  const result = await applyLoad({ ...load, durationMs });
  const { user, system } = process.cpuUsage(clientBefore);
  return {
    ...result,
    server: server.name,
    operation,
    concurrency,
    serverCpuUs: ((treeCpuMs(server.pid) - serverBefore) * 1_000) / result.requests,
    storeCpuUs: ((storesCpuMs(server) - storesBefore) * 1_000) / result.requests,
    clientCpuUs: (user + system) / result.requests,
  };
}

const storesCpuMs = ({ storePids }: Server): number =>
  storePids.reduce((sum, pid) => sum + treeCpuMs(pid), 0);

async function prepare(server: Server): Promise<Prepared> {
  const client = createEcsClient(server.endpoint);
  await client.call("CreateCluster", { clusterName: "default" });
  const family = `bench-${Date.now()}`;
  await client.call("RegisterTaskDefinition", sleeper(family));
  const started = await client.call<RunTaskOutput>("RunTask", {
    taskDefinition: family,
    count: TASKS,
    launchType: server.launchType,
  });
  const taskArns = started.tasks.map(({ taskArn }) => taskArn);
  if (taskArns.length < TASKS) {
    throw new Error(
      `${server.name} started ${taskArns.length} of ${TASKS} tasks: ${JSON.stringify(started)}`,
    );
  }
  return {
    server,
    client,
    taskArns,
    bodies: {
      DescribeTasks: CONNECTIONS.map(() => JSON.stringify({ tasks: taskArns })),
      RegisterTaskDefinition: CONNECTIONS.map((n) => JSON.stringify(webService(`${family}-web-${n}`))),
    },
  };
}

interface RunTaskOutput {
  readonly tasks: readonly { readonly taskArn: string }[];
}

async function tidy({ client, taskArns }: Prepared): Promise<void> {
  for (const task of taskArns) await client.call("StopTask", { task });
  client.close();
}

const sleeper = (family: string) => ({
  family,
  networkMode: "host",
  containerDefinitions: [
    {
      name: "main",
      image: "roadstead/busybox:latest",
      command: ["sleep", "600"],
      cpu: 10,
      memory: 32,
    },
  ],
});

/** As large as a small web service's usually is: two containers, ports, environment, health check, dependency. */
const webService = (family: string) => ({
  family,
  networkMode: "bridge",
  requiresCompatibilities: ["EC2"],
  containerDefinitions: [
    {
      name: "proxy",
      image: "registry.example.com/proxy:1.27",
      cpu: 64,
      memory: 128,
      essential: true,
      portMappings: [{ containerPort: 8080, hostPort: 0, protocol: "tcp" }],
      links: ["app"],
      dependsOn: [{ containerName: "app", condition: "START" }],
    },
    {
      name: "app",
      image: "registry.example.com/app:2024.11",
      cpu: 256,
      memory: 512,
      memoryReservation: 256,
      essential: true,
      command: ["serve", "--port", "3000"],
      environment: Array.from({ length: 12 }, (_, n) => ({ name: `SETTING_${n}`, value: `value-${n}` })),
      healthCheck: { command: ["CMD-SHELL", "wget -q -O- http://127.0.0.1:3000/"], interval: 10, retries: 3 },
      ulimits: [{ name: "nofile", softLimit: 4096, hardLimit: 8192 }],
      dockerLabels: { team: "web" },
    },
  ],
});
