/** Starts Fargate tasks in the default VPC; the Fargate benchmark calls it. */
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import { IMAGE } from "../../e2e/support/image.ts";
import type { EcsClient, Endpoint } from "./ecs-client.ts";
import type { Batch } from "./launch-side.ts";
import { launchAndWatch, removeContainersOf, untilStopped } from "./launched-tasks.ts";

/** The smallest size there is. */
export const VCPUS = 0.25;
export const MEMORY_MIB = 512;

const TIMEOUT_MS = 10_000;

export interface FargateTasks {
  launch(): Promise<Batch>;
  /** What was launched since the last time is gone. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

/** One task runs all the while, as somebody's do: the first of a VPC waits for the VPC's network too. */
export async function fargateTasks(client: EcsClient, endpoint: Endpoint): Promise<FargateTasks> {
  const subnets = await defaultSubnets(endpoint);
  const family = `bench-${Date.now()}-fargate`;
  const held = `${family}-held`;
  for (const name of [family, held]) await client.call("RegisterTaskDefinition", definition(name));
  const request = (taskDefinition: string) => ({
    taskDefinition,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets } },
  });
  let launched: readonly string[] = [];
  const first = await launchAndWatch(client, request(held), 1);
  const clean = async () => {
    await removeContainersOf(family);
    await untilStopped(client, launched);
    launched = [];
  };
  return {
    async launch() {
      const { arns, batch } = await launchAndWatch(client, request(family), 1);
      launched = [...launched, ...arns];
      return batch;
    },
    clean,
    async close() {
      await clean();
      await removeContainersOf(held);
      await untilStopped(client, first.arns);
    },
  };
}

async function defaultSubnets({ url, region, credentials }: Endpoint): Promise<readonly string[]> {
  const body = "Action=DescribeSubnets&Version=2016-11-15";
  const headers = signV4({
    method: "POST",
    url: `${url}/`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
    region,
    service: "ec2",
    credentials,
    now: new Date(),
  });
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const subnets = [...(await answer.text()).matchAll(/<subnetId>([^<]+)/g)].map(([, id = ""]) => id);
  if (subnets.length === 0) throw new Error(`DescribeSubnets answered ${answer.status} and no subnet`);
  return subnets;
}

const definition = (family: string) => ({
  family,
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: String(VCPUS * 1_024),
  memory: String(MEMORY_MIB),
  containerDefinitions: [{ name: "main", image: IMAGE, command: ["sleep", "600"] }],
});
