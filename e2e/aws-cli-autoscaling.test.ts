import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";
import { untilService } from "./support/services.ts";
import { container, UNTIL_STOPPED } from "./support/tasks.ts";

/** Some thirty commands. */
const TUTORIAL_TIMEOUT_MS = 480_000;
const MINUTE_MS = 60_000;
const UNTIL = { timeout: 60_000, interval: 1_000 };

describeWith(awsCliMissing(), "the AWS CLI", async () => {
  const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
  afterAll(() => account.close());
  const aws = awsCli(account);
  const target = [
    ...["--service-namespace", "ecs", "--resource-id", "service/default/web"],
    ...["--scalable-dimension", "ecs:service:DesiredCount"],
  ];
  const ofEcs = ["--service-namespace", "ecs"];

  /** What a command printed that must succeed, a value of it if a query is given. */
  async function run(service: string, command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await aws(service, command, ...args, "--output", "text");
    expect({ command, args, code, stderr }).toEqual({ command, args, code: 0, stderr: "" });
    return stdout.trim();
  }
  const scaling = (command: string, ...args: readonly string[]) =>
    run("application-autoscaling", command, ...args);

  /** A value in each of the minutes that are over, as a program would have reported it. */
  async function reported(metric: string, value: number, minutes: number): Promise<void> {
    const thisMinuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const data = Array.from({ length: minutes }, (_, n) => ({
      MetricName: metric,
      Value: value,
      Timestamp: new Date(thisMinuteMs - (n + 1) * MINUTE_MS).toISOString(),
    }));
    const metricData = ["--metric-data", JSON.stringify(data)];
    await run("cloudwatch", "put-metric-data", "--namespace", "Shop", ...metricData);
  }
  const track = (name: string, metric: string, ...more: readonly string[]) =>
    scaling(
      "put-scaling-policy",
      ...target,
      ...["--policy-name", name, "--policy-type", "TargetTrackingScaling"],
      "--target-tracking-scaling-policy-configuration",
      JSON.stringify({
        TargetValue: 100,
        CustomizedMetricSpecification: { Namespace: "Shop", MetricName: metric, Statistic: "Average" },
      }),
      ...more,
    );
  const runs = (count: number) =>
    untilService(
      account.ecs,
      "web",
      ({ desiredCount, runningCount }) => desiredCount === count && runningCount === count,
    );
  const activity = (query: string, ...more: readonly string[]) =>
    scaling("describe-scaling-activities", ...target, "--query", `ScalingActivities[0].${query}`, ...more);

  test(
    "scales a service out and in by target tracking and by schedule, with the commands of the AWS tutorial",
    async () => {
      const containers = JSON.stringify([container(UNTIL_STOPPED)]);
      await run(
        "ecs",
        "register-task-definition",
        ...["--family", "web", "--container-definitions", containers],
      );
      await run(
        "ecs",
        "create-service",
        ...["--service-name", "web", "--task-definition", "web", "--desired-count", "1"],
      );
      await run("ecs", "wait", "services-stable", "--services", "web");

      const bounds = ["--min-capacity", "2", "--max-capacity", "6"];
      const registered = await scaling("register-scalable-target", ...target, ...bounds, "--tags", "team=a");
      expect(registered).toMatch(
        new RegExp(`^arn:aws:application-autoscaling:us-east-1:${account.accountId}:scalable-target/\\w+$`),
      );
      const said = "ScalableTargets[].[MinCapacity,MaxCapacity]";
      expect(await scaling("describe-scalable-targets", ...ofEcs, "--query", said)).toBe("2\t6");
      await runs(2);
      expect(await activity("Cause")).toBe("minimum capacity was set to 2");

      await reported("Busy", 300, 4);
      const alarms = await track("busy", "Busy", "--query", "Alarms[].AlarmName");
      expect(alarms.split("\t")).toHaveLength(2);
      const [high = ""] = alarms.split("\t");
      await runs(6);
      await vi.waitFor(async () => expect(await activity("StatusCode")).toBe("Successful"), UNTIL);
      expect(await activity("[Description,Cause]")).toBe(
        `Setting desired count to 6.\tmonitor alarm ${high} in state ALARM triggered policy busy`,
      );
      const state = ["--alarm-names", high, "--query", "MetricAlarms[0].StateValue"];
      expect(await run("cloudwatch", "describe-alarms", ...state)).toBe("ALARM");
      for (const value of ["OK", "ALARM"]) {
        const by = ["--state-value", value, "--state-reason", "by hand"];
        await run("cloudwatch", "set-alarm-state", "--alarm-name", high, ...by);
      }
      await vi.waitFor(async () => {
        const reasons = await activity("NotScaledReasons[].Code", "--include-not-scaled-activities");
        expect(reasons).toBe("AlreadyAtMaxCapacity");
      }, UNTIL);

      const named = "ScalingPolicies[].[PolicyName,PolicyType,length(Alarms)]";
      const policies = () => scaling("describe-scaling-policies", ...ofEcs, "--query", named);
      expect(await policies()).toBe("busy\tTargetTrackingScaling\t2");
      await scaling("delete-scaling-policy", ...target, "--policy-name", "busy");
      expect(await policies()).toBe("");

      await reported("Quiet", 20, 16);
      await track("quiet", "Quiet");
      await runs(2);
      await vi.waitFor(async () => expect(await activity("StatusCode")).toBe("Successful"), UNTIL);
      expect(await activity("Cause")).toMatch(
        /^monitor alarm TargetTracking-service\/default\/web-AlarmLow-/,
      );

      // Later than the command that says so has come through, which takes about as long as this one.
      const beganMs = Date.now();
      expect(await policies()).toContain("quiet");
      const soon = new Date(Date.now() + 5_000 + 4 * (Date.now() - beganMs)).toISOString().slice(0, 19);
      const action = [...target, "--scheduled-action-name", "rush"];
      const when = ["--schedule", `at(${soon})`, "--scalable-target-action", "MinCapacity=3"];
      await scaling("put-scheduled-action", ...action, ...when);
      const scheduled = ["--query", "ScheduledActions[].Schedule"];
      expect(await scaling("describe-scheduled-actions", ...ofEcs, ...scheduled)).toBe(`at(${soon})`);
      await runs(3);
      expect(await scaling("describe-scalable-targets", ...ofEcs, "--query", said)).toBe("3\t6");
      await scaling("delete-scheduled-action", ...action);

      const resource = ["--resource-arn", registered];
      await scaling("tag-resource", ...resource, "--tags", "team=b,tier=1");
      await scaling("untag-resource", ...resource, "--tag-keys", "tier");
      expect(await scaling("list-tags-for-resource", ...resource, "--query", "Tags.team")).toBe("b");

      await scaling("deregister-scalable-target", ...target);
      expect(await scaling("describe-scalable-targets", ...ofEcs)).toBe("");
      const left = ["--alarm-name-prefix", "TargetTracking-", "--query", "MetricAlarms[].AlarmName"];
      expect(await run("cloudwatch", "describe-alarms", ...left)).toBe("");
      const again = await aws("application-autoscaling", "deregister-scalable-target", ...target);
      expect(again.stderr).toContain("ObjectNotFoundException");
    },
    TUTORIAL_TIMEOUT_MS,
  );
});
