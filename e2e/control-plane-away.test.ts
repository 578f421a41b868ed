import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask, inspect, killContainer } from "./support/engine.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { destroyStack, startStack } from "./support/stack.ts";
import {
  container,
  containerOf,
  describe,
  launch,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
  untilTask,
} from "./support/tasks.ts";

/** A stack of this file's own: it is going to be stopped. */
const stack = await startStack();
afterAll(async () => {
  await destroyStack(stack);
  await assertNoLeaks(stack.dataDir);
});

const AWAY_MS = process.env.ROADSTEAD_LONG === "1" ? 60_000 : 8_000;
const EXITS_WHEN_ASKED = "trap 'exit 42' USR1; while :; do sleep 0.2; done";

test(
  `containers run on with the same ids while everything else is stopped for ${AWAY_MS} ms`,
  async () => {
    const account = await createAccount({ agent: { cpu: 512, memory: 256 }, stack });
    const { ecs } = account;
    const staying = [
      await launch(ecs, "staying", [container(UNTIL_STOPPED)]),
      await launch(ecs, "staying", [container(UNTIL_STOPPED)]),
    ];
    const leaving = await launch(ecs, "leaving", [container(EXITS_WHEN_ASKED)]);
    const killed = await launch(ecs, "killed", [container(UNTIL_STOPPED)]);
    for (const task of [...staying, leaving, killed]) await untilRunning(ecs, task);
    const idOf = async (task: string) => (await containersOfTask(task)).map(({ Id }) => Id).join(" ");
    const before = await Promise.all(staying.map(idOf));

    const { processes } = await stack.status();
    await stack.roadstead("down");
    for (const { pid, name } of processes)
      expect({ name, alive: isAlive(pid) }).toEqual({ name, alive: false });
    const end = Date.now() + AWAY_MS;
    await killContainer(await idOf(leaving), "USR1");
    await killContainer(await idOf(killed), "KILL");
    await delay(Math.max(0, end - Date.now()));
    for (const id of before) expect((await inspect(id)).State.Running).toBe(true);

    await stack.roadstead("up");
    expect(await Promise.all(staying.map(idOf))).toEqual(before);
    for (const task of staying) {
      expect(await describe(ecs, task)).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "RUNNING" });
      await untilTask(ecs, task, ({ connectivity }) => connectivity === "CONNECTED");
    }
    const exited = await untilStopped(ecs, leaving);
    expect(exited).toMatchObject({ stopCode: "EssentialContainerExited" });
    expect(containerOf(exited).exitCode).toBe(42);
    expect(containerOf(await untilStopped(ecs, killed)).exitCode).toBe(137);
    await account.close();
  },
  AWAY_MS + 300_000,
);

/** A process that has ended and was not yet waited for (Z) is not alive. */
function isAlive(pid: number | null): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
