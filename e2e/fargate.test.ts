import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  DescribeClustersCommand,
  ListClustersCommand,
  ListContainerInstancesCommand,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask, inspect } from "./support/engine.ts";
import { createService, deleteAllServices, tasksOfService, untilRolledOut } from "./support/services.ts";
import {
  container,
  register,
  runTask,
  stopAllTasks,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
} from "./support/tasks.ts";

/** It has no container instance. */
const account = await createAccount();
const { ecs, endpoint, region, credentials } = account;
const ec2 = new EC2Client({ endpoint, region, credentials });
afterAll(async () => {
  await deleteAllServices(ecs);
  await stopAllTasks(ecs);
  await account.close();
});

const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
const FARGATE = {
  launchType: "FARGATE" as const,
  networkConfiguration: {
    awsvpcConfiguration: { subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) },
  },
};

const define = (family: string, cpu: string, memory: string) =>
  register(ecs, family, {
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu,
    memory,
    containerDefinitions: [container(UNTIL_STOPPED)],
  });

const hosts = async () =>
  (await account.stack.status()).processes.filter(({ name }) => name.startsWith("fargate-"));

test("a task runs in a cluster without instances, and nothing of its host is seen", async () => {
  const running = await untilRunning(ecs, await runTask(ecs, await define("alone", "256", "512"), FARGATE));
  expect(running).toMatchObject({
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    cpu: "256",
    memory: "512",
    attachments: [{ type: "ElasticNetworkInterface", status: "ATTACHED" }],
  });
  expect(running.containerInstanceArn).toBeUndefined();
  const { clusterArns } = await ecs.send(new ListClustersCommand({}));
  expect(clusterArns?.map((arn) => arn.split("/").at(-1))).toEqual(["default"]);
  expect((await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns).toEqual([]);
  const { clusters } = await ecs.send(new DescribeClustersCommand({}));
  expect(clusters?.[0]).toMatchObject({ registeredContainerInstancesCount: 0, runningTasksCount: 1 });
});

test("a task that is larger than the machine stops at once, in AWS's words", async () => {
  const stopped = await untilStopped(
    ecs,
    await runTask(ecs, await define("huge", "16384", "122880"), FARGATE),
  );
  expect(stopped).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason:
      "Capacity is unavailable at this time. Please try again later or in a different availability zone",
  });
});

test("provisioner and hosts that are killed while a service grows lose no task of it", async () => {
  await createService(ecs, "web", await define("web", "256", "512"), { ...FARGATE, desiredCount: 2 });
  await untilRolledOut(ecs, "web");
  const containersOf = async (tasks: readonly Task[]) =>
    (await Promise.all(tasks.map(({ taskArn = "" }) => containersOfTask(taskArn))))
      .flat()
      .map(({ Id }) => Id);
  const before = await containersOf(await tasksOfService(ecs, "web"));
  await ecs.send(new UpdateServiceCommand({ service: "web", desiredCount: 3 }));
  const { processes } = await account.stack.status();
  const killed = [...processes.filter(({ name }) => name === "control"), ...(await hosts())];
  expect(killed.length).toBeGreaterThan(1);
  for (const { pid } of killed) if (pid !== null) process.kill(pid, "SIGKILL");
  await untilRolledOut(ecs, "web");
  for (const id of before) expect((await inspect(id)).State.Running).toBe(true);
  expect(await containersOf(await tasksOfService(ecs, "web"))).toEqual(expect.arrayContaining(before));
  const again = (await hosts()).map(({ pid }) => pid);
  expect(again.length).toBeGreaterThan(0);
  for (const { pid } of killed) expect(again).not.toContain(pid);
});
