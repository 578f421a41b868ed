import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Task } from "@aws-sdk/client-ecs";
import { DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { taskEvents } from "../chaos/event-log.ts";
import { settingOf } from "../chaos/processes.ts";
import { createAccount } from "./support/account.ts";
import { addressOf, CONTAINERS_OF_TASK, openBalancedFargate, SETTLES } from "./support/balanced-fargate.ts";
import { deleteBalancer } from "./support/balancers.ts";
import { containersOfTask, inspectContainerOf, killContainer } from "./support/engine.ts";
import { CONTROL_PLANE, killRepeatedly, without } from "./support/faults.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { eventsOf, logsOf } from "./support/logs.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { deleteAllServices, tasksOfService, untilService } from "./support/services.ts";
import { destroyStack, preparedOn, startStack } from "./support/stack.ts";
import { type SteadyRequests, startRequests } from "./support/steady-requests.ts";
import { runTasks, stopAllTasks, untilRunning, untilTask } from "./support/tasks.ts";

const run = promisify(execFile);
const AWAY_MS = process.env.ROADSTEAD_LONG === "1" ? 60_000 : 15_000;
const [PORT] = balancerPortsOf("common-stack-faults");
const EVENTS = "/aws/events/ecs";

/** A stack of this file's own: its processes are going to be killed. */
const stack = await startStack({
  env: { ROADSTEAD_METRIC_PERIOD_MS: "1000", ROADSTEAD_FARGATE_CPU: "4096" },
});
afterAll(async () => {
  await destroyStack(stack);
  await assertNoLeaks(stack.dataDir);
});
const { account, web } = await preparedOn(stack, async () => {
  const account = await createAccount({ stack });
  return { account, web: await openBalancedFargate(account, { port: PORT, range: "10.84" }) };
});
const { ecs, endpoint, region, credentials, accountId } = account;
const config = { endpoint, region, credentials };

/** Goes on until the test stops it, or ends. */
function underLoad(): SteadyRequests {
  const requests = startRequests(web.balancer.url);
  onTestFinished(async () => void (await requests.stop()));
  return requests;
}

async function containerIdsOf(tasks: readonly Task[]): Promise<readonly string[]> {
  const all = await Promise.all(tasks.map(({ taskArn = "" }) => containersOfTask(taskArn)));
  return all
    .flat()
    .map(({ Id }) => Id)
    .sort();
}

beforeAll(async () => {
  await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: EVENTS }));
  const events = new EventBridgeClient(config);
  await events.send(new PutRuleCommand({ Name: "all", EventPattern: '{"source":["aws.ecs"]}' }));
  const Arn = `arn:aws:logs:${region}:${accountId}:log-group:${EVENTS}`;
  await events.send(new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "log", Arn }] }));
  await web.create(2);
  await web.expectExactly(2);
});

test(
  `a Fargate service is served and its load balancer found by name while all else is stopped for ${AWAY_MS} ms`,
  async () => {
    const before = await containerIdsOf(await tasksOfService(ecs, "web"));
    const [task] = await tasksOfService(ecs, "web");
    const { Id: inside } = await inspectContainerOf(task?.taskArn ?? "");
    const { LoadBalancers = [] } = await web.balancer.elb.send(
      new DescribeLoadBalancersCommand({ LoadBalancerArns: [web.balancer.balancer] }),
    );
    const byName = `http://${LoadBalancers[0]?.DNSName}:${PORT}/`;
    const askInside = async () =>
      (await run("docker", ["exec", inside, "timeout", "5", "wget", "-O", "-", byName])).stdout.trim();
    await vi.waitFor(async () => expect(await askInside()).toBe("one"), SETTLES);
    const requests = underLoad();
    let asks = 0;
    await without(stack, CONTROL_PLANE, async () => {
      const end = Date.now() + AWAY_MS;
      while (Date.now() < end) {
        expect(await askInside()).toBe("one");
        asks += 1;
        await delay(200);
      }
      expect(await web.runningContainers()).toHaveLength(before.length);
    });
    expect(await containerIdsOf(await web.expectExactly(2))).toEqual(before);
    await web.update({ desiredCount: 3 });
    await web.expectExactly(3);
    const { answers, failures } = await requests.stop();
    expect(failures).toEqual([]);
    // All along, if slowly where the machine has much else to do: what is not answered fails the test by itself.
    expect(answers.get("one")).toBeGreaterThan(AWAY_MS / 200);
    expect(asks).toBeGreaterThan(1);
  },
  AWAY_MS + 300_000,
);

test("a rolling update loses no request while the load balancer's process dies twice", async () => {
  const requests = underLoad();
  await web.update({ taskDefinition: await web.define("two") });
  await killRepeatedly(stack, "load-balancer", { times: 2, everyMs: 1_500 });
  await web.expectExactly(3);
  const { answers, failures } = await requests.stop();
  expect(failures).toEqual([]);
  expect([...answers.keys()].sort()).toEqual(["one", "two"]);
});

test("a scale-in loses no request and no task too many while the deployer dies", async () => {
  const requests = underLoad();
  await web.update({ desiredCount: 1 });
  await killRepeatedly(stack, "deployer", { times: 2, everyMs: 300 });
  await web.expectExactly(1);
  expect((await requests.stop()).failures).toEqual([]);
});

test("Fargate tasks that are asked for while the provisioner dies run once each, and leave nothing", async () => {
  const running = Promise.all([
    killRepeatedly(stack, "fargate-provisioner", { times: 2, everyMs: 50 }),
    killRepeatedly(stack, "event-bus", { times: 2, everyMs: 50 }),
  ]);
  const tasks = await runTasks(ecs, await web.define("alone"), { ...web.launch, count: 6 });
  const arns = tasks.map(({ taskArn = "" }) => taskArn);
  expect(arns).toHaveLength(6);
  await running;
  const ran = await Promise.all(arns.map((arn) => untilRunning(ecs, arn)));
  expect(new Set(ran.map(addressOf)).size).toBe(6);
  for (const arn of arns) expect(await containersOfTask(arn)).toHaveLength(CONTAINERS_OF_TASK);
  await stopAllTasks(ecs);
  await web.expectExactly(1);
});

const SCALED = {
  ServiceNamespace: "ecs" as const,
  ResourceId: "service/default/web",
  ScalableDimension: "ecs:service:DesiredCount" as const,
};

test("a service scales out under load and in afterwards, exactly to its bounds, while the autoscaler dies", async () => {
  const scaling = new ApplicationAutoScalingClient(config);
  await scaling.send(new RegisterScalableTargetCommand({ ...SCALED, MinCapacity: 1, MaxCapacity: 3 }));
  // Also when this fails: the tests that follow say themselves how many tasks they want.
  onTestFinished(async () => void (await scaling.send(new DeregisterScalableTargetCommand(SCALED))));
  const label = (arn: string, at: string) => arn.slice(arn.indexOf(at));
  const balancer = label(web.balancer.balancer, "app/");
  const ResourceLabel = `${balancer}/${label(web.balancer.group, "targetgroup/")}`;
  await scaling.send(
    new PutScalingPolicyCommand({
      ...SCALED,
      PolicyName: "requests",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 10,
        PredefinedMetricSpecification: {
          PredefinedMetricType: "ALBRequestCountPerTarget",
          ResourceLabel,
        },
        ScaleOutCooldown: 0,
        ScaleInCooldown: 0,
      },
    }),
  );
  const requests = underLoad();
  const died = killRepeatedly(stack, "autoscaler", { times: 2, everyMs: 3_000 });
  await untilService(ecs, "web", ({ desiredCount }) => desiredCount === 3);
  await died;
  await web.expectExactly(3);
  expect((await requests.stop()).failures).toEqual([]);
  const diedAgain = killRepeatedly(stack, "autoscaler", { times: 2, everyMs: 6_000 });
  await untilService(ecs, "web", ({ desiredCount }) => desiredCount === 1);
  await diedAgain;
  await web.expectExactly(1);
  const activities = await vi.waitFor(async () => {
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand(SCALED));
    expect(ScalingActivities[0]).toMatchObject({
      Description: "Setting desired count to 1.",
      StatusCode: "Successful",
    });
    return ScalingActivities.toReversed();
  }, SETTLES);
  // How many steps it takes is a matter of how many requests come through at first.
  const counts = activities.map(({ Description }) => Number(/ (\d+)\.$/.exec(Description ?? "")?.[1]));
  const most = counts.indexOf(3);
  expect(counts.slice(0, most + 1)).toEqual([...new Set([...counts.slice(0, most), 3])].sort());
  expect(counts.slice(most + 1)).toEqual([...new Set(counts.slice(most + 1))].sort().reverse());
  expect(activities.map(({ StatusCode }) => StatusCode)).not.toContain("Failed");
});

test("a killed agent of a host keeps tasks, addresses and packet filter, and misses what held an address and was killed meanwhile", async () => {
  await web.update({ desiredCount: 2 });
  const [task, other] = await web.expectExactly(2);
  const before = await containerIdsOf([task, other].flatMap((one) => one ?? []));
  const rules = await packetFilterFor([task, other].flatMap((one) => (one ? addressOf(one) : [])));
  const killed = await hosts();
  expect(killed.length).toBeGreaterThan(0);
  for (const { pid } of killed) if (pid !== null) process.kill(pid, "SIGKILL");
  expect(await packetFilter()).toEqual(rules);
  await vi.waitFor(async () => {
    const again = await hosts();
    expect(again.map(({ name }) => name)).toEqual(killed.map(({ name }) => name));
    for (const { pid } of killed) expect(again.map((host) => host.pid)).not.toContain(pid);
  }, SETTLES);
  expect(await containerIdsOf(await web.expectExactly(2))).toEqual(before);
  expect(await packetFilter()).toEqual(rules);

  const taskArn = task?.taskArn ?? "";
  const holder = await inspectContainerOf(taskArn, "~internal~ecs~pause");
  await killContainer(holder.Id);
  const stopped = await untilTask(ecs, taskArn, ({ lastStatus }) => lastStatus === "STOPPED");
  expect(stopped.stoppedReason).toMatch(/network/i);
  await web.expectExactly(2);
});

/** Agents of hosts. */
const hosts = async () =>
  (await stack.status()).processes.filter(
    ({ name }) => name.startsWith("fargate-") && name !== "fargate-provisioner",
  );

/** Once it is as it stays: whoever lets members of the tasks' group in has heard of both, and of nobody that is gone. */
async function packetFilterFor(addresses: readonly string[]): Promise<readonly string[]> {
  const wanted = addresses.toSorted();
  return vi.waitFor(async () => {
    const rules = await packetFilter();
    const peers = rules.flatMap((rule) => {
      const [, chain = "", address = ""] = /^-A (RS-\w+-I-\d+) -s (10\.84\.[\d.]+)\/32 /.exec(rule) ?? [];
      return chain === "" ? [] : [{ chain, address }];
    });
    const chains = [...Map.groupBy(peers, ({ chain }) => chain).values()];
    expect(chains.length).toBeGreaterThan(0);
    for (const chain of chains) expect(chain.map(({ address }) => address).sort()).toEqual(wanted);
    return rules;
  }, SETTLES);
}

/** Rules that hold the tasks' addresses. */
async function packetFilter(): Promise<readonly string[]> {
  const { stdout } = await run("iptables-save", ["-t", "filter"]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("-A RS-") && line.includes(" 10.84."))
    .sort();
}

test("every change of a task came to the log group, and nothing of it is left", async () => {
  await deleteAllServices(ecs);
  await vi.waitFor(async () => expect(await web.interfaces()).toEqual([]), SETTLES);
  expect(await web.runningContainers()).toEqual([]);
  const changes = await taskEvents(settingOf(stack.dataDir, "ROADSTEAD_DATABASE_URL"), "web");
  expect(changes.length).toBeGreaterThan(60);
  await vi.waitFor(async () => {
    const lines = (await eventsOf(account, EVENTS)).map(({ message = "{}" }) => JSON.parse(message));
    const told = new Set(lines.map(({ detail }) => `${detail.taskArn?.split("/").at(-1)} ${detail.version}`));
    const missing = changes.filter(
      ({ taskId, version }) => !told.has(`${taskId.replaceAll("-", "")} ${version}`),
    );
    expect(missing).toEqual([]);
  }, SETTLES);
  await deleteBalancer(web.balancer);
});
