/** The unmodified AWS CLI, which speaks CBOR to CloudWatch, against the api on a port. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REGION, useApi } from "./api.test-data.ts";
import { listen } from "./listen.ts";

const run = promisify(execFile);
const version = await run("aws", ["--version"]).catch(() => null);
if (version === null) process.stderr.write("skipped: no `aws` on the PATH\n");

const TIMEOUT_MS = 60_000;
const api = useApi();
let server: Awaited<ReturnType<typeof listen>> | undefined;

beforeEach(async () => {
  server = await listen(api.app, { host: "127.0.0.1", port: 0 });
});
afterEach(() => server?.close());

/** What a command printed; one that fails throws what it said. */
async function cloudwatch(...args: readonly string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = api.administrator();
  const url = `http://127.0.0.1:${server?.port}`;
  const { stdout } = await run("aws", ["--endpoint-url", url, "cloudwatch", ...args, "--output", "text"], {
    timeout: TIMEOUT_MS,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
      AWS_PAGER: "",
    },
  });
  return stdout.trim();
}

describe.skipIf(version === null)("the AWS CLI", () => {
  test(
    "puts and reads metrics, and makes, moves and deletes alarms",
    async () => {
      const metric = ["--namespace", "Shop", "--metric-name", "Waiting", "--dimensions"];
      const given = { MetricName: "Waiting", Dimensions: [{ Name: "Queue", Value: "orders" }] };
      // So many that the CLI compresses them.
      const many = Array.from({ length: 400 }, (_, Value) => ({ ...given, Value, Unit: "Count" }));
      await cloudwatch("put-metric-data", "--namespace", "Shop", "--metric-data", JSON.stringify(many));
      await cloudwatch("put-metric-data", ...metric, "Queue=orders", "--value", "200", "--unit", "Count");
      const hour = 3_600_000;
      const sums = await cloudwatch(
        ...(["get-metric-statistics", ...metric, "Name=Queue,Value=orders", "--period", "60"] as const),
        ...["--start-time", new Date(Date.now() - hour / 2).toISOString()],
        ...["--end-time", new Date(Date.now() + hour / 2).toISOString()],
        ...["--statistics", "Sum", "SampleCount", "Maximum"],
        ...["--query", "[sum(Datapoints[].Sum), sum(Datapoints[].SampleCount), max(Datapoints[].Maximum)]"],
      );
      expect(sums).toBe("80000\t401\t399");
      await cloudwatch(
        ...(["put-metric-alarm", "--alarm-name", "waiting", ...metric, "Name=Queue,Value=orders"] as const),
        ...["--statistic", "Average", "--period", "60", "--evaluation-periods", "1", "--threshold", "5.5"],
        ...["--comparison-operator", "GreaterThanThreshold", "--tags", "Key=team,Value=a"],
      );
      await cloudwatch("wait", "alarm-exists", "--alarm-names", "waiting");
      const state = ["--state-value", "ALARM", "--state-reason", "testing"];
      await cloudwatch("set-alarm-state", "--alarm-name", "waiting", ...state);
      const shown = await cloudwatch(
        ...(["describe-alarms", "--alarm-name-prefix", "wait"] as const),
        ...["--query", "MetricAlarms[0].[AlarmName,StateValue,StateReason,Threshold,Dimensions[0].Value]"],
      );
      expect(shown).toBe("waiting\tALARM\ttesting\t5.5\torders");
      await cloudwatch("delete-alarms", "--alarm-names", "waiting");
      await expect(cloudwatch("delete-alarms", "--alarm-names", "waiting")).rejects.toThrow(
        /An error occurred \(ResourceNotFound\) when calling the DeleteAlarms operation/,
      );
    },
    TIMEOUT_MS * 2,
  );
});
