/** Creates, watches and removes services the way a user's program would. */
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
  waitUntilServicesInactive,
} from "@aws-sdk/client-ecs";

const POLL_MS = 100;
/** Ends only what would never end. */
const REACH_TIMEOUT_MS = 120_000;

export async function createService(
  ecs: ECSClient,
  serviceName: string,
  taskDefinition: string,
  more: Partial<CreateServiceCommandInput> = {},
): Promise<Service> {
  const { service } = await ecs.send(
    new CreateServiceCommand({ serviceName, taskDefinition, launchType: "EC2", ...more }),
  );
  if (!service) throw new Error("CreateService answered no service");
  return service;
}

export async function describeService(ecs: ECSClient, name: string): Promise<Service> {
  const { services = [], failures } = await ecs.send(new DescribeServicesCommand({ services: [name] }));
  const [service] = services;
  if (!service) throw new Error(`no such service: ${JSON.stringify(failures)}`);
  return service;
}

/** Polls until the service satisfies `reached`. */
export async function untilService(
  ecs: ECSClient,
  name: string,
  reached: (service: Service) => boolean,
  timeoutMs = REACH_TIMEOUT_MS,
): Promise<Service> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const service = await describeService(ecs, name);
    if (reached(service)) return service;
    if (Date.now() > deadline) {
      throw new Error(`${name} never got there within ${timeoutMs} ms: ${JSON.stringify(service, null, 1)}`);
    }
    await delay(POLL_MS);
  }
}

/** One deployment, complete, with as many tasks running as wanted. */
const isRolledOut = ({ deployments = [], desiredCount, runningCount, pendingCount }: Service): boolean =>
  deployments.length === 1 &&
  deployments[0]?.rolloutState === "COMPLETED" &&
  runningCount === desiredCount &&
  pendingCount === 0;

export const untilRolledOut = (ecs: ECSClient, name: string, timeoutMs?: number): Promise<Service> =>
  untilService(ecs, name, isRolledOut, timeoutMs);

/** Its tasks that are meant to run. */
export async function tasksOfService(ecs: ECSClient, serviceName: string): Promise<readonly Task[]> {
  const taskArns: string[] = [];
  for await (const page of paginateListTasks({ client: ecs }, { serviceName }))
    taskArns.push(...(page.taskArns ?? []));
  if (taskArns.length === 0) return [];
  return (await ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
}

/** Deletes every service of the default cluster, with its tasks. */
export async function deleteAllServices(ecs: ECSClient): Promise<void> {
  const arns: string[] = [];
  for await (const page of paginateListServices({ client: ecs }, {})) arns.push(...(page.serviceArns ?? []));
  await Promise.all(arns.map((service) => deleteService(ecs, service)));
}

export async function deleteService(ecs: ECSClient, service: string): Promise<void> {
  await ecs.send(new DeleteServiceCommand({ service, force: true }));
  await waitUntilServicesInactive(
    { client: ecs, maxWaitTime: 120, minDelay: 1, maxDelay: 1 },
    { services: [service] },
  );
}

/** What the service said, oldest first, with ids left out. */
export const sayings = ({ events = [] }: Service): readonly string[] =>
  events
    .map(({ message = "" }) =>
      message.replaceAll(/\(task [0-9a-f]{32}\)/g, "(task T)").replaceAll(/ecs-svc\/\d+/g, "ecs-svc/N"),
    )
    .toReversed();
