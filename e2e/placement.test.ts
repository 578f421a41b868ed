import {
  DescribeContainerInstancesCommand,
  type PlacementConstraint,
  type PlacementStrategy,
  RunTaskCommand,
  StartTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { startSecondAgent } from "./support/second-agent.ts";
import { container, register, stopAllTasks, UNTIL_STOPPED, untilRunning } from "./support/tasks.ts";

const SIZE = { cpu: 256, memory: 256 };
const account = await createAccount({ agent: SIZE });
const second = await startSecondAgent(account, SIZE);
const { ecs } = account;

afterEach(() => stopAllTasks(ecs));
afterAll(async () => {
  await account.close();
  await second.stop();
});

const taskDefinition = await register(ecs, "placed", [container(UNTIL_STOPPED, { cpu: 32, memory: 32 })]);

async function place(count: number, strategy: PlacementStrategy[], constraints: PlacementConstraint[] = []) {
  const input = { taskDefinition, count, placementStrategy: strategy, placementConstraints: constraints };
  const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(input));
  return { tasks, failures, perInstance: countPerInstance(tasks) };
}

const countPerInstance = (tasks: readonly Task[]): readonly number[] =>
  [...Map.groupBy(tasks, (task) => task.containerInstanceArn).values()]
    .map((group) => group.length)
    .toSorted();

describe("with two instances", () => {
  test("spread puts as many tasks on one as on the other", async () => {
    const { tasks, perInstance } = await place(4, [{ type: "spread", field: "instanceId" }]);
    expect(perInstance).toEqual([2, 2]);
    await Promise.all(tasks.map(({ taskArn }) => untilRunning(ecs, taskArn ?? "")));
  });

  test.each(["cpu", "memory"])("binpack on %s fills one before it begins the other", async (field) => {
    expect((await place(4, [{ type: "binpack", field }])).perInstance).toEqual([4]);
    expect((await place(6, [{ type: "binpack", field }])).perInstance).toEqual([2, 4]);
  });

  test("distinctInstance places one task on each, and names why the third is not placed", async () => {
    const { perInstance, failures } = await place(3, [], [{ type: "distinctInstance" }]);
    expect(perInstance).toEqual([1, 1]);
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toMatch(/distinctInstance/);
  });

  test("memberOf chooses by expression, and matches nothing where there is nothing", async () => {
    expect(
      (await place(1, [], [{ type: "memberOf", expression: "attribute:ecs.os-type == linux" }])).tasks,
    ).toHaveLength(1);
    const none = await place(1, [], [{ type: "memberOf", expression: "attribute:rack == nowhere" }]);
    expect(none.tasks).toEqual([]);
    expect(none.failures[0]?.reason).toMatch(/^member ?of/i);
    await expect(place(1, [], [{ type: "memberOf", expression: "attribute:(" }])).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  test("no instance is ever given more than it has", async () => {
    const { tasks, failures } = await place(10, []);
    const more = await place(10, []);
    expect(tasks.length + more.tasks.length).toBe(16);
    expect(
      [...failures, ...more.failures].every(
        ({ reason }) => reason === "RESOURCE:CPU" || reason === "RESOURCE:MEMORY",
      ),
    ).toBe(true);
    const containerInstances = [...new Set(tasks.map((task) => task.containerInstanceArn ?? ""))];
    const described = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
    for (const { remainingResources, runningTasksCount, pendingTasksCount } of described.containerInstances ??
      []) {
      expect(remainingResources?.find(({ name }) => name === "CPU")?.integerValue).toBe(0);
      expect((runningTasksCount ?? 0) + (pendingTasksCount ?? 0)).toBe(8);
    }
  });

  test("StartTask starts where it is told", async () => {
    const containerInstances = [second.containerInstanceArn];
    const { tasks } = await ecs.send(new StartTaskCommand({ taskDefinition, containerInstances }));
    expect(tasks).toMatchObject([{ containerInstanceArn: second.containerInstanceArn }]);
    await untilRunning(ecs, tasks?.[0]?.taskArn ?? "");
  });
});
