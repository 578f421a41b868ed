import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";
import { container } from "./support/tasks.ts";

/** A minute must end and be made into metrics, and another must be looked at by the alarm. */
const MINUTES_TIMEOUT_MS = 240_000;
/** Busy for a part of the time, and gone at once when told to. */
const BUSY =
  "trap 'exit 0' TERM; while :; do i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; sleep 0.1; done";

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
  afterAll(() => account.close());
  const aws = awsCli(account);

  /** What a command printed that must succeed. */
  async function run(service: string, command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws(service, command, ...args, "--output", "text");
    expect({ command, args, code, stderr }).toEqual({ command, args, code: 0, stderr: "" });
    return stdout.trim();
  }
  const cloudwatch = (command: string, ...args: readonly string[]) => run("cloudwatch", command, ...args);
  const since = ["--start-time", new Date(Date.now() - 3_600_000).toISOString()];
  const until = ["--end-time", new Date(Date.now() + 3_600_000).toISOString()];
  const state = (name: string) =>
    cloudwatch("describe-alarms", "--alarm-names", name, "--query", "MetricAlarms[0].StateValue");

  test("keeps a program's metrics, and alarms on them, with the commands of CloudWatch's guide", async () => {
    const metric = ["--namespace", "Shop", "--metric-name", "Waiting", "--dimensions"];
    await cloudwatch("put-metric-data", ...metric, "Queue=orders", "--value", "4", "--unit", "Count");
    await cloudwatch("put-metric-data", ...metric, "Queue=orders", "--value", "8", "--unit", "Count");
    const sums = await cloudwatch(
      ...(["get-metric-statistics", ...metric, "Name=Queue,Value=orders", ...since, ...until] as const),
      ...["--period", "7200", "--statistics", "Sum", "Maximum"],
      ...["--query", "[sum(Datapoints[].Sum), max(Datapoints[].Maximum), Datapoints[0].Unit]"],
    );
    expect(sums).toBe("12\t8\tCount");
    const listed = "Metrics[].[Namespace,MetricName,Dimensions[0].Value]";
    expect(await cloudwatch("list-metrics", "--query", listed)).toContain("Shop\tWaiting\torders");
    await cloudwatch(
      ...(["put-metric-alarm", "--alarm-name", "waiting", ...metric, "Name=Queue,Value=orders"] as const),
      ...["--statistic", "Average", "--period", "60", "--evaluation-periods", "1", "--threshold", "5"],
      ...["--comparison-operator", "GreaterThanThreshold", "--tags", "Key=team,Value=a"],
    );
    await cloudwatch("wait", "alarm-exists", "--alarm-names", "waiting");
    const reason = ["--state-reason", "testing"];
    await cloudwatch("set-alarm-state", "--alarm-name", "waiting", "--state-value", "ALARM", ...reason);
    const history = await cloudwatch(
      ...([
        "describe-alarm-history",
        "--alarm-name",
        "waiting",
        "--history-item-type",
        "StateUpdate",
      ] as const),
      ...["--query", "AlarmHistoryItems[].HistorySummary"],
    );
    expect(history).toContain("to ALARM");
    await cloudwatch("delete-alarms", "--alarm-names", "waiting");
    const gone = await aws("cloudwatch", "delete-alarms", "--alarm-names", "waiting");
    expect(gone.code).not.toBe(0);
    expect(gone.stderr).toMatch(/ResourceNotFound/);
  });

  test(
    "sees what a service's tasks use each minute, and an alarm sees it too",
    async () => {
      const definition = JSON.stringify([container(BUSY, { cpu: 128, memory: 64 })]);
      await run("ecs", "register-task-definition", "--family", "busy", "--container-definitions", definition);
      const service = ["--service-name", "busy", "--task-definition", "busy", "--desired-count", "2"];
      await run("ecs", "create-service", ...service);
      const metric = ["--namespace", "AWS/ECS", "--metric-name", "CPUUtilization", "--dimensions"];
      const dimensions = ["Name=ClusterName,Value=default", "Name=ServiceName,Value=busy"];
      await cloudwatch(
        ...(["put-metric-alarm", "--alarm-name", "busy", ...metric, ...dimensions] as const),
        ...["--statistic", "Average", "--period", "60", "--evaluation-periods", "1", "--threshold", "1"],
        ...["--comparison-operator", "GreaterThanThreshold"],
      );
      await vi.waitFor(async () => expect(await state("busy")).toBe("ALARM"), {
        timeout: MINUTES_TIMEOUT_MS,
        interval: 2_000,
      });
      const points = () =>
        cloudwatch(
          ...(["get-metric-statistics", ...metric, ...dimensions, ...since, ...until] as const),
          ...["--period", "60", "--statistics", "SampleCount", "Average"],
          ...[
            "--query",
            "[max(Datapoints[].SampleCount), max(Datapoints[].Average) > `1`, Datapoints[0].Unit]",
          ],
        );
      // The first minute may have been one in which the second task had not begun.
      await vi.waitFor(async () => expect(await points()).toBe("2\tTrue\tPercent"), {
        timeout: MINUTES_TIMEOUT_MS,
        interval: 2_000,
      });
      await run("ecs", "delete-service", "--service", "busy", "--force");
    },
    2 * MINUTES_TIMEOUT_MS,
  );
});
