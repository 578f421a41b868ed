import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import { createAccount, parseExports } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { eventsOf, lines, logsOf, messagesOf, writing } from "./support/logs.ts";
import { logsTailMissing, tailGroup } from "./support/logs-tail.ts";
import { openStack } from "./support/stack.ts";
import { containerOf, launch, untilStopped } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
afterAll(() => account.close());

const SECOND_MS = 1_000;

describe("a task with awslogs", () => {
  test("has its lines in its stream, in order, each within a second of being written", async () => {
    const script = "i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); sleep 0.1; done";
    const create = { "awslogs-create-group": "true" };
    const task = await launch(account.ecs, "web", [writing(account, script, "/ecs/web", create)]);
    await untilStopped(account.ecs, task);
    await vi.waitFor(async () => expect(await eventsOf(account, "/ecs/web")).toHaveLength(30), 60_000);
    const events = await eventsOf(account, "/ecs/web");
    expect(messagesOf(events)).toEqual(lines(30));
    expect(new Set(events.map(({ logStreamName }) => logStreamName))).toEqual(
      new Set([`web/main/${task.split("/").at(-1)}`]),
    );
    const delays = events.map(({ timestamp = 0, ingestionTime = 0 }) => ingestionTime - timestamp);
    expect(Math.max(...delays)).toBeLessThan(SECOND_MS);
  });

  test("keeps both of its outputs, long lines whole, and no empty ones", async () => {
    await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: "/ecs/outputs" }));
    const script = `echo out; echo >&2; sleep 0.1; echo err >&2; sleep 0.1; head -c 50000 /dev/zero | tr '\\0' x; echo`;
    const task = await launch(account.ecs, "outputs", [writing(account, script, "/ecs/outputs")]);
    await untilStopped(account.ecs, task);
    await vi.waitFor(async () => {
      expect(messagesOf(await eventsOf(account, "/ecs/outputs"))).toEqual(["out", "err", "x".repeat(50_000)]);
    }, 60_000);
  });

  test("does not start where its log group is not there, with AWS's reason", async () => {
    const task = await launch(account.ecs, "lost", [writing(account, "echo x", "/ecs/none")]);
    const stopped = await untilStopped(account.ecs, task);
    expect(stopped.stopCode).toBe("TaskFailedToStart");
    expect(containerOf(stopped).reason).toBe(
      "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
    );
  });

  test("is followed by polling as `aws logs tail --follow` does it, every event once", async () => {
    await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: "/ecs/tail" }));
    const script = "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); sleep 0.05; done";
    const task = await launch(account.ecs, "tail", [writing(account, script, "/ecs/tail")]);
    const seen = new Map<string | undefined, string | undefined>();
    let startTime = Date.now() - 60_000;
    await vi.waitFor(
      async () => {
        const input = { logGroupName: "/ecs/tail", startTime, interleaved: true };
        const { events = [] } = await logsOf(account).send(new FilterLogEventsCommand(input));
        for (const { eventId, message, timestamp = startTime } of events) {
          seen.set(eventId, message);
          startTime = Math.max(startTime, timestamp);
        }
        expect(seen.size).toBe(60);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect([...seen.values()]).toEqual(lines(60));
    await untilStopped(account.ecs, task);
  });

  const noTail = logsTailMissing();
  if (noTail) process.stderr.write(`skipping a test with \`aws logs tail\`: ${noTail}\n`);
  test.skipIf(noTail !== null)(
    "is followed with `aws logs tail`: every line of two tasks once, and those of each in order",
    async () => {
      const group = "/ecs/followed";
      await logsOf(account).send(new CreateLogGroupCommand({ logGroupName: group }));
      const tail = tailGroup(account, group, "--format", "short");
      const script = (name: string) =>
        `i=0; while [ $i -lt 500 ]; do echo ${name} $i; i=$((i+1)); usleep 20000; done`;
      const tasks = await Promise.all(
        ["a", "b"].map((name) => launch(account.ecs, name, [writing(account, script(name), group)])),
      );
      for (const task of tasks) await untilStopped(account.ecs, task);
      await vi.waitFor(
        () => expect(tail.printed.length, tail.complaints()).toBeGreaterThanOrEqual(1_000),
        30_000,
      );
      await tail.stop();
      const printed = tail.printed.map(({ text }) => text.replace(/^\S+ /, ""));
      for (const name of ["a", "b"])
        expect(printed.filter((text) => text.startsWith(name))).toEqual(
          lines(500).map((line) => line.replace("line", name)),
        );
      const again = await awsCli(account)("logs", "tail", group, "--since", "5m", "--format", "json");
      expect(again.stdout.trim().split("\n")).toHaveLength(1_000);
    },
  );

  const noCli = awsCliMissing();
  if (noCli) process.stderr.write(`skipping a test with the AWS CLI: ${noCli}\n`);
  test.skipIf(noCli !== null)("is read with the AWS CLI", async () => {
    const aws = awsCli(account);
    const group = ["--log-group-name", "/ecs/cli"];
    expect((await aws("logs", "create-log-group", ...group)).code).toBe(0);
    const task = await launch(account.ecs, "cli", [writing(account, "echo hello; echo world", "/ecs/cli")]);
    await untilStopped(account.ecs, task);
    const stream = `web/main/${task.split("/").at(-1)}`;
    await vi.waitFor(async () => {
      const read = await aws(
        "logs",
        "get-log-events",
        ...group,
        "--log-stream-name",
        stream,
        "--start-from-head",
      );
      const { events } = JSON.parse(read.stdout) as { readonly events: readonly FilteredLogEvent[] };
      expect(messagesOf(events)).toEqual(["hello", "world"]);
    }, 60_000);
    const found = await aws("logs", "filter-log-events", ...group, "--filter-pattern", "wor");
    expect(JSON.parse(found.stdout)).toMatchObject({ events: [{ message: "world", logStreamName: stream }] });
    const missing = await aws("logs", "describe-log-streams", "--log-group-name", "/ecs/never");
    expect(missing.stderr).toContain(
      "An error occurred (ResourceNotFoundException) when calling the DescribeLogStreams operation: The specified log group does not exist.",
    );
  });
});

/** The command reads as the first account's administrator, in whose default cluster this machine is. */
test("`roadstead logs` prints what a task's containers wrote, and says what it does not find", async () => {
  const stack = openStack(inject("dataDir"));
  const env = parseExports(await stack.roadstead("env"));
  const client = {
    endpoint: env.AWS_ENDPOINT_URL ?? "",
    region: env.AWS_REGION ?? "",
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
    },
  };
  const ecs = new ECSClient(client);
  const create = { "awslogs-create-group": "true" };
  const task = await launch(ecs, "shown", [writing(client, "echo one; echo two", "/ecs/shown", create)]);
  await untilStopped(ecs, task);
  const id = task.split("/").at(-1) ?? "";
  const line = (text: string) => `main/${id.slice(0, 8)} | ${text}\n`;
  await vi.waitFor(async () => expect(await stack.roadstead("logs", id)).toBe(line("one") + line("two")), {
    timeout: 60_000,
    interval: 500,
  });
  await expect(stack.roadstead("logs", "nobody")).rejects.toThrow('there is no log of "nobody"');
  await new CloudWatchLogsClient(client).send(new DeleteLogGroupCommand({ logGroupName: "/ecs/shown" }));
});
