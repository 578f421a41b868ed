/** The demo's steps against the API: a service is made, watched, rolled, healed and deleted. commands/demo.ts prints them. */
import { setTimeout as delay } from "node:timers/promises";
import { type ApiAccess, callEcs } from "../api-client.ts";
import { Failure } from "../failure.ts";

export const DEMO_FAMILY = "roadstead-demo";
export const DEMO_SERVICE = "demo";
const CONTAINER_PORT = 8080;
const POLL_MS = 200;
const STABLE_TIMEOUT_MS = 120_000;

/** A process with id 1 ignores signals that it has no handler for; this one ends at once when asked. */
const SERVE = `trap "exit 0" TERM; /bin/busybox httpd -f -p ${CONTAINER_PORT} -h /www & wait`;

/** The health check lets a rolling update know that a new task answers before an old one goes. */
export const taskDefinition = (image: string) => ({
  family: DEMO_FAMILY,
  networkMode: "bridge",
  containerDefinitions: [
    {
      name: "web",
      image,
      essential: true,
      cpu: 64,
      memory: 32,
      command: ["/bin/busybox", "sh", "-c", SERVE],
      portMappings: [{ containerPort: CONTAINER_PORT, hostPort: 0, protocol: "tcp" }],
      healthCheck: {
        command: [
          "CMD",
          "/bin/busybox",
          "wget",
          "-q",
          "-O",
          "/dev/null",
          `http://127.0.0.1:${CONTAINER_PORT}/`,
        ],
        interval: 5,
        timeout: 2,
        retries: 2,
      },
      stopTimeout: 2,
    },
  ],
});

export async function registerDemo(access: ApiAccess, image: string): Promise<string> {
  const answer = await callEcs<{ taskDefinition: { taskDefinitionArn: string } }>(
    access,
    "RegisterTaskDefinition",
    taskDefinition(image),
  );
  return answer.taskDefinition.taskDefinitionArn;
}

export const createDemoService = (access: ApiAccess, definition: string, desiredCount: number) =>
  callEcs(access, "CreateService", {
    serviceName: DEMO_SERVICE,
    taskDefinition: definition,
    desiredCount,
    launchType: "EC2",
  });

export const rollDemoService = (access: ApiAccess, definition: string) =>
  callEcs(access, "UpdateService", { service: DEMO_SERVICE, taskDefinition: definition });

export interface DemoService {
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly deployments: readonly { readonly rolloutState: string }[];
  readonly events: readonly { readonly message: string }[];
}

export async function describeDemoService(access: ApiAccess): Promise<DemoService> {
  const { services } = await callEcs<{ services: readonly DemoService[] }>(access, "DescribeServices", {
    services: [DEMO_SERVICE],
  });
  const [service] = services;
  if (!service) throw new Failure("the demo's service is gone");
  return service;
}

const isRolledOut = ({ deployments, runningCount, desiredCount }: DemoService) =>
  deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED" && runningCount === desiredCount;

/** What `aws ecs wait services-stable` waits for, and that the deployment says it is complete. */
export async function waitStable(access: ApiAccess): Promise<DemoService> {
  const deadline = Date.now() + STABLE_TIMEOUT_MS;
  for (;;) {
    const service = await describeDemoService(access);
    if (isRolledOut(service)) return service;
    if (Date.now() > deadline)
      throw new Failure(
        `the service is not stable: ${service.events[0]?.message}`,
        "./roadstead logs control",
      );
    await delay(POLL_MS);
  }
}

export interface DemoTask {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly healthStatus?: string;
  readonly containers?: readonly {
    readonly runtimeId?: string;
    readonly networkBindings?: readonly { readonly hostPort: number }[];
  }[];
}

/** Those that are meant to run and do. */
export async function runningTasks(access: ApiAccess): Promise<readonly DemoTask[]> {
  const { taskArns } = await callEcs<{ taskArns: readonly string[] }>(access, "ListTasks", {
    serviceName: DEMO_SERVICE,
  });
  if (taskArns.length === 0) return [];
  const { tasks } = await callEcs<{ tasks: readonly DemoTask[] }>(access, "DescribeTasks", {
    tasks: taskArns,
  });
  return tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
}

/** Resolves when another task runs in place of the one that was lost. */
export async function waitHealed(
  access: ApiAccess,
  lost: string,
  wanted: number,
): Promise<readonly DemoTask[]> {
  const deadline = Date.now() + STABLE_TIMEOUT_MS;
  for (;;) {
    const others = (await runningTasks(access)).filter(({ taskArn }) => taskArn !== lost);
    if (others.length >= wanted) return others;
    if (Date.now() > deadline)
      throw new Failure("the lost task was not replaced", "./roadstead logs control");
    await delay(POLL_MS);
  }
}

/** Deletes the service with its tasks, and waits until nothing of it runs. */
export async function deleteDemoService(access: ApiAccess): Promise<void> {
  await callEcs(access, "DeleteService", { service: DEMO_SERVICE, force: true });
  const deadline = Date.now() + STABLE_TIMEOUT_MS;
  while ((await describeDemoService(access)).status !== "INACTIVE") {
    if (Date.now() > deadline) throw new Failure("the demo's service did not end");
    await delay(POLL_MS);
  }
}

export const forgetDemo = (access: ApiAccess, definition: string): Promise<unknown> =>
  callEcs(access, "DeregisterTaskDefinition", { taskDefinition: definition });
