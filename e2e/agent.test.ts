import { ListContainerInstancesCommand } from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask, inspectContainerOf } from "./support/engine.ts";
import {
  container,
  containerOf,
  describe as describeTask,
  launch,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
} from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 256, memory: 128 } });
afterAll(() => account.close());
const { ecs } = account;

describe("an agent", () => {
  test("that is killed adopts its containers again: same ids, and they can be stopped", async () => {
    const taskArn = await launch(ecs, "adopted", [container(UNTIL_STOPPED)]);
    await untilRunning(ecs, taskArn);
    const before = await inspectContainerOf(taskArn);
    const name = `agent-${account.accountId}`;
    const agent = (await account.stack.status()).processes.find((p) => p.name === name);
    process.kill(agent?.pid ?? Number.NaN, "SIGKILL");
    await vi.waitFor(
      async () => {
        const again = (await account.stack.status()).processes.find((p) => p.name === name);
        expect(again?.ready && again.pid !== agent?.pid).toBe(true);
      },
      { timeout: 60_000, interval: 500 },
    );
    expect((await describeTask(ecs, taskArn)).lastStatus).toBe("RUNNING");
    const after = await inspectContainerOf(taskArn);
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({}));
    expect(containerInstanceArns).toHaveLength(1);
    const stopped = await stopAndWait(ecs, taskArn);
    expect(containerOf(stopped).exitCode).toBe(0);
    expect((await inspectContainerOf(taskArn)).State.Running).toBe(false);
  });

  test("removes the containers of stopped tasks after a while", async () => {
    const taskArn = await launch(ecs, "cleaned", [container("exit 0")]);
    await untilStopped(ecs, taskArn);
    await vi.waitFor(async () => expect(await containersOfTask(taskArn)).toEqual([]), {
      timeout: 60_000,
      interval: 500,
    });
    expect(await describeTask(ecs, taskArn)).toMatchObject({ lastStatus: "STOPPED" });
  });
});
