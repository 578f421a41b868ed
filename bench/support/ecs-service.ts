/** The same service as an ECS service of ours; the band of a rolling update says what Swarm says by number and order. */
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGE } from "../../e2e/support/image.ts";
import type { EcsClient } from "./ecs-client.ts";
import {
  COMMAND,
  MEMORY_MIB,
  type Rollout,
  removeContainersOf,
  type ServiceSide,
  SIDE_LABEL,
  VERSION_LABEL,
} from "./service-side.ts";

const NAME = "Roadstead";
const POLL_MS = 100;
const DEADLINE_MS = 60_000;

export async function ecsServiceSide(client: EcsClient, replicasOfUpdates: number): Promise<ServiceSide> {
  const family = `bench-service-${Date.now()}`;
  let made = 0;
  let service = "";
  const register = (version: number) => client.call("RegisterTaskDefinition", definition(family, version));
  return {
    name: NAME,
    async create(replicas) {
      service = `bench-${Date.now()}-${made++}`;
      await register(1);
      await client.call("CreateService", {
        serviceName: service,
        taskDefinition: family,
        desiredCount: replicas,
        launchType: "EC2",
      });
    },
    async scale(replicas) {
      await client.call("UpdateService", { service, desiredCount: replicas });
    },
    async update(version, rollout) {
      await register(version);
      await client.call("UpdateService", {
        service,
        taskDefinition: family,
        deploymentConfiguration: bandOf(rollout, replicasOfUpdates),
      });
    },
    async remove() {
      await client.call("DeleteService", { service, force: true });
    },
    async close() {
      await untilInactive(client, service);
      await removeContainersOf(NAME);
    },
  };
}

function bandOf({ parallelism, order }: Rollout, replicas: number) {
  const share = (parallelism / replicas) * 100;
  return order === "start-first"
    ? { minimumHealthyPercent: 100, maximumPercent: 100 + share }
    : { minimumHealthyPercent: 100 - share, maximumPercent: 100 };
}

interface DescribedServices {
  readonly services: readonly { readonly status: string }[];
}

async function untilInactive(client: EcsClient, service: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (service !== "") {
    const { services } = await client.call<DescribedServices>("DescribeServices", { services: [service] });
    if (services.every(({ status }) => status === "INACTIVE")) return;
    if (performance.now() > deadline) throw new Error(`${service} did not end`);
    await sleep(POLL_MS);
  }
}

const definition = (family: string, version: number) => ({
  family,
  networkMode: "bridge",
  containerDefinitions: [
    {
      name: "main",
      image: IMAGE,
      command: COMMAND,
      cpu: 10,
      memory: MEMORY_MIB,
      dockerLabels: { [SIDE_LABEL]: NAME, [VERSION_LABEL]: String(version) },
    },
  ],
});
