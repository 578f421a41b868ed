import { setTimeout as delay } from "node:timers/promises";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { eventsOf, lines, logsOf, messagesOf, writing } from "./support/logs.ts";
import { logsTailMissing, tailGroup } from "./support/logs-tail.ts";
import { destroyStack, type Stack, startStack } from "./support/stack.ts";
import { launch, untilRunning, untilStopped } from "./support/tasks.ts";

/** A stack of this file's own: its api is going to be halted. */
const stack = await startStack();
afterAll(async () => {
  await destroyStack(stack);
  await assertNoLeaks(stack.dataDir);
});

const GAP_MAX_MS = 1_000;
const AWAY_MS = process.env.ROADSTEAD_LONG === "1" ? 60_000 : 6_000;

test(
  `while the log store does not answer for ${AWAY_MS} ms, and the agent is killed, a container writes a thousand lines a second unhindered and none is lost`,
  async () => {
    const account = await createAccount({ agent: { cpu: 512, memory: 256 }, stack });
    await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: "/ecs/busy" }));
    const tenths = AWAY_MS / 100 + 60;
    const script = `i=0; while [ $i -lt ${tenths * 100} ]; do j=0; while [ $j -lt 100 ]; do echo line $i; i=$((i+1)); j=$((j+1)); done; usleep 90000; done`;
    const task = await launch(account.ecs, "busy", [writing(account, script, "/ecs/busy")]);
    await untilRunning(account.ecs, task);
    await pauseApi(stack, AWAY_MS);
    await untilStopped(account.ecs, task, AWAY_MS + 60_000);
    const wanted = tenths * 100;
    await vi.waitFor(async () => expect(await eventsOf(account, "/ecs/busy")).toHaveLength(wanted), {
      timeout: 60_000,
      interval: 500,
    });
    const events = await eventsOf(account, "/ecs/busy");
    expect(messagesOf(events)).toEqual(lines(wanted));
    const gaps = events.map(({ timestamp = 0 }, i) => timestamp - (events[i - 1]?.timestamp ?? timestamp));
    expect(Math.max(...gaps)).toBeLessThan(GAP_MAX_MS);
    await account.close();
  },
  AWAY_MS * 2 + 300_000,
);

const noTail = logsTailMissing();
if (noTail) process.stderr.write(`skipping a test with \`aws logs tail\`: ${noTail}\n`);

test.skipIf(noTail !== null)(
  `\`aws logs tail\` prints every line of two containers once and in order, also those that wrote while the log store did not answer for ${AWAY_MS} ms`,
  async () => {
    const account = await createAccount({ agent: { cpu: 512, memory: 256 }, stack });
    const group = "/ecs/followed";
    await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: group }));
    const tail = tailGroup(account, group, "--format", "short");
    const tenths = AWAY_MS / 100 + 60;
    const perTenth = new Map([
      ["busy", 100],
      ["calm", 2],
    ]);
    const tasks = [...perTenth].map(([name, count]) => {
      const script = `i=0; while [ $i -lt ${tenths * count} ]; do j=0; while [ $j -lt ${count} ]; do echo ${name} $i; i=$((i+1)); j=$((j+1)); done; usleep 90000; done`;
      return launch(account.ecs, name, [writing(account, script, group)]);
    });
    for (const task of await Promise.all(tasks)) await untilRunning(account.ecs, task);
    await pauseApi(stack, AWAY_MS);
    for (const task of await Promise.all(tasks)) await untilStopped(account.ecs, task, AWAY_MS + 60_000);
    const wanted = tenths * [...perTenth.values()].reduce((sum, count) => sum + count, 0);
    await vi.waitFor(() => expect(tail.printed.length, tail.complaints()).toBeGreaterThanOrEqual(wanted), {
      timeout: 60_000,
      interval: 500,
    });
    await tail.stop();
    const printed = tail.printed.map(({ text }) => text.replace(/^\S+ /, ""));
    for (const [name, count] of perTenth) {
      expect(printed.filter((text) => text.startsWith(name))).toEqual(
        lines(tenths * count).map((line) => line.replace("line", name)),
      );
    }
    await account.close();
  },
  AWAY_MS * 2 + 300_000,
);

/** It keeps its connections and answers nothing; the agents of accounts are killed meanwhile. */
async function pauseApi(stack: Stack, forMs: number): Promise<void> {
  const { processes } = await stack.status();
  const api = processes.find(({ name }) => name === "api")?.pid;
  if (!api) throw new Error("no api");
  process.kill(api, "SIGSTOP");
  await delay(forMs / 2);
  for (const { name, pid } of processes) if (/^agent-\d{12}$/.test(name) && pid) process.kill(pid, "SIGKILL");
  await delay(forMs / 2);
  process.kill(api, "SIGCONT");
}
