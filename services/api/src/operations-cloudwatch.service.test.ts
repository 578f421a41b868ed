/** Metrics and alarms through signed requests in each protocol that clients speak, on real PostgreSQL. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { CLIENT_PROTOCOLS } from "@roadstead/aws-protocol/client-protocols.test-data";
import { beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const MINUTE = 60_000;
/** A minute that is over. */
const start = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE;
const at = (minute: number) => new Date(start + minute * MINUTE);
const cloudwatch = () => api.clients().cloudwatch;
const dimensions = [{ Name: "Queue", Value: "orders" }];
const arn = (name: string) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
const POLICY = `arn:aws:autoscaling:${REGION}:${ACCOUNT}:scalingPolicy:6d8972f3-efc8-437c-92d1-6270f29a66e7:resource/ecs/service/default/web:policyName/p`;

const ALARM: PutMetricAlarmCommandInput = {
  AlarmName: "high",
  AlarmDescription: "too <much>",
  Namespace: "Shop",
  MetricName: "Waiting",
  Dimensions: dimensions,
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 10.5,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "notBreaching",
  AlarmActions: [POLICY],
  Tags: [{ Key: "team", Value: "shop" }],
};

async function putValues(client: CloudWatchClient): Promise<void> {
  await client.send(
    new PutMetricDataCommand({
      Namespace: "Shop",
      MetricData: [
        { MetricName: "Waiting", Dimensions: dimensions, Timestamp: at(0), Value: 4, Unit: "Count" },
        { MetricName: "Waiting", Dimensions: dimensions, Timestamp: at(0), Value: 8, Unit: "Count" },
        {
          MetricName: "Waiting",
          Dimensions: dimensions,
          Timestamp: at(1),
          Values: [1, 2.5],
          Counts: [3, 2],
          Unit: "Count",
        },
        {
          MetricName: "Waiting",
          Dimensions: dimensions,
          Timestamp: at(2),
          StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 },
          Unit: "Count",
        },
      ],
    }),
  );
}

const statistics = (client: CloudWatchClient, period = 60) =>
  client.send(
    new GetMetricStatisticsCommand({
      Namespace: "Shop",
      MetricName: "Waiting",
      Dimensions: dimensions,
      StartTime: at(0),
      EndTime: at(5),
      Period: period,
      Statistics: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
    }),
  );

describe.each(CLIENT_PROTOCOLS)("in %s", (_name, protocol) => {
  let client: CloudWatchClient;
  beforeEach(() => {
    const { region, credentials, requestHandler } = cloudwatch().config;
    const endpoint = "http://127.0.0.1:4700";
    client = new CloudWatchClient({
      region,
      endpoint,
      credentials,
      requestHandler,
      protocol,
      maxAttempts: 1,
    });
  });

  test("samples of a minute are added up, in every way in which they may be given", async () => {
    await putValues(client);
    const { Datapoints = [], Label } = await statistics(client);
    expect(Label).toBe("Waiting");
    expect(Datapoints).toMatchObject([
      { Timestamp: at(0), SampleCount: 2, Average: 6, Sum: 12, Minimum: 4, Maximum: 8, Unit: "Count" },
      { Timestamp: at(1), SampleCount: 5, Average: 1.6, Sum: 8, Minimum: 1, Maximum: 2.5 },
      { Timestamp: at(2), SampleCount: 4, Average: 2.5, Sum: 10, Minimum: 1, Maximum: 5 },
    ]);
  });

  test("an alarm is answered as it was put", async () => {
    await client.send(new PutMetricAlarmCommand(ALARM));
    const { MetricAlarms = [], CompositeAlarms } = await client.send(new DescribeAlarmsCommand({}));
    const { Tags, ...described } = ALARM;
    expect(MetricAlarms).toMatchObject([
      {
        ...described,
        AlarmArn: arn("high"),
        ActionsEnabled: true,
        StateValue: "INSUFFICIENT_DATA",
        StateReason: "Unchecked: Initial alarm creation",
        OKActions: [],
        InsufficientDataActions: [],
      },
    ]);
    expect(MetricAlarms[0]?.StateUpdatedTimestamp).toBeInstanceOf(Date);
    expect(CompositeAlarms).toEqual([]);
    const tagged = await client.send(new ListTagsForResourceCommand({ ResourceARN: arn("high") }));
    expect(tagged.Tags).toEqual(Tags);
  });

  test("a refusal has AWS's code and words", async () => {
    const answer = client.send(
      new PutMetricDataCommand({ Namespace: "AWS/ECS", MetricData: [{ MetricName: "x", Value: 1 }] }),
    );
    await expect(answer).rejects.toMatchObject({
      message: "The value AWS/ for parameter Namespace is invalid.",
      $metadata: { httpStatusCode: 400 },
    });
    await expect(answer).rejects.toThrow(
      expect.objectContaining({ name: expect.stringMatching(/^InvalidParameterValue/) }),
    );
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ["none"] }))).rejects.toMatchObject({
      name: "ResourceNotFound",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("a batch so large that the client compresses it is taken", async () => {
    const MetricData = Array.from({ length: 400 }, (_, index) => ({
      MetricName: "Many",
      Dimensions: [{ Name: "Index", Value: `number ${index}` }],
      Timestamp: at(0),
      Value: index,
    }));
    await client.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData }));
    const { Metrics = [] } = await client.send(new ListMetricsCommand({ Namespace: "Shop" }));
    expect(Metrics).toHaveLength(400);
  });
});

describe("metrics", () => {
  test("longer periods add up shorter ones, and begin at multiples of themselves", async () => {
    await putValues(cloudwatch());
    const whole = await cloudwatch().send(
      new GetMetricStatisticsCommand({
        Namespace: "Shop",
        MetricName: "Waiting",
        Dimensions: dimensions,
        StartTime: new Date(Math.floor(start / 3_600_000) * 3_600_000),
        EndTime: new Date(start + 3_600_000),
        Period: 3_600,
        Statistics: ["Sum"],
      }),
    );
    expect(whole.Datapoints?.map(({ Sum = 0 }) => Sum).reduce((a, b) => a + b, 0)).toBe(30);
    for (const { Timestamp } of whole.Datapoints ?? [])
      expect((Timestamp?.getTime() ?? 1) % 3_600_000).toBe(0);
  });

  test("a metric is its dimensions, whatever their order; part of them is another metric", async () => {
    const both = [
      { Name: "a", Value: "1" },
      { Name: "b", Value: "2" },
    ];
    for (const Dimensions of [both, [...both].reverse()]) {
      const MetricData = [{ MetricName: "m", Dimensions, Timestamp: at(0), Value: 1 }];
      await cloudwatch().send(new PutMetricDataCommand({ Namespace: "N", MetricData }));
    }
    const { Metrics } = await cloudwatch().send(new ListMetricsCommand({ Namespace: "N" }));
    expect(Metrics).toEqual([{ Namespace: "N", MetricName: "m", Dimensions: both }]);
    const none = await cloudwatch().send(
      new ListMetricsCommand({ Namespace: "N", Dimensions: [{ Name: "a", Value: "2" }] }),
    );
    expect(none.Metrics).toEqual([]);
  });

  test("expressions are evaluated over metrics and over each other", async () => {
    await putValues(cloudwatch());
    const metric = (Id: string, Stat: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: "Shop", MetricName: "Waiting", Dimensions: dimensions },
        Period: 60,
        Stat,
      },
    });
    const { MetricDataResults = [] } = await cloudwatch().send(
      new GetMetricDataCommand({
        StartTime: at(0),
        EndTime: at(4),
        ScanBy: "TimestampAscending",
        MetricDataQueries: [
          metric("total", "Sum"),
          metric("most", "Maximum"),
          { Id: "e", Expression: "(total + most * 2) / 4", Label: "mixture" },
          { Id: "filled", Expression: "FILL(IF(e > 5, e, 0), 7)" },
        ],
      }),
    );
    expect(MetricDataResults).toEqual([
      {
        Id: "e",
        Label: "mixture",
        StatusCode: "Complete",
        Timestamps: [at(0), at(1), at(2)],
        Values: [7, 3.25, 5],
      },
      expect.objectContaining({ Id: "filled", Values: [7, 0, 0, 7] }),
    ]);
    const wrong = [
      ["e + 1", "The expression e refers to itself."],
      ["1 +", "The expression ends too early."],
      [
        "ANOMALY_DETECTION_BAND(total)",
        "The function ANOMALY_DETECTION_BAND is not supported by this server (not built yet).",
      ],
    ];
    for (const [Expression, message] of wrong) {
      const answer = cloudwatch().send(
        new GetMetricDataCommand({
          StartTime: at(0),
          EndTime: at(4),
          MetricDataQueries: [metric("total", "Sum"), { Id: "e", Expression }],
        }),
      );
      expect(await refusal(answer)).toMatchObject({ code: "ValidationError", message });
    }
  });

  test.each([
    [
      { Dimensions: [{ Name: ":a", Value: "1" }] },
      /^The value :a for parameter \S+\.Dimensions\.member\.1\.Name/,
    ],
    [
      { Dimensions: [{ Name: "a", Value: "é" }] },
      /^The value é for parameter \S+\.Dimensions\.member\.1\.Value/,
    ],
    [{ StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 2, Maximum: 1 } }, /Minimum must be less than/],
  ])("a sample that is none is refused: %o", async (more, message) => {
    const datum = { MetricName: "m", ...("StatisticValues" in more ? {} : { Value: 1 }), ...more };
    const answer = cloudwatch().send(new PutMetricDataCommand({ Namespace: "N", MetricData: [datum] }));
    expect((await refusal(answer)).message).toMatch(message);
  });

  test.each([7, 45, 90])("points of %i seconds cannot be asked for", async (period) => {
    const message = "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.";
    expect(await refusal(statistics(cloudwatch(), period))).toMatchObject({ message });
    const Metric = { Namespace: "Shop", MetricName: "Waiting" };
    const MetricDataQueries = [{ Id: "a", MetricStat: { Metric, Period: period, Stat: "Sum" } }];
    const data = new GetMetricDataCommand({ StartTime: at(0), EndTime: at(4), MetricDataQueries });
    expect(await refusal(cloudwatch().send(data))).toMatchObject({ message });
  });

  test("another account's region has metrics of its own", async () => {
    await putValues(cloudwatch());
    const elsewhere = api.clients(api.administrator(), "eu-test-1").cloudwatch;
    expect((await elsewhere.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
  });
});

describe("alarms", () => {
  const put = (more: Partial<PutMetricAlarmCommandInput> = {}) =>
    cloudwatch().send(new PutMetricAlarmCommand({ ...ALARM, ...more }));
  const named = async (AlarmName: string) =>
    (await cloudwatch().send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0];

  test("one that is put again keeps its state and its tags", async () => {
    await put();
    await cloudwatch().send(
      new SetAlarmStateCommand({ AlarmName: "high", StateValue: "ALARM", StateReason: "by hand" }),
    );
    await put({ Threshold: 12, Tags: [{ Key: "other", Value: "x" }] });
    expect(await named("high")).toMatchObject({ Threshold: 12, StateValue: "ALARM", StateReason: "by hand" });
    const { Tags } = await cloudwatch().send(new ListTagsForResourceCommand({ ResourceARN: arn("high") }));
    expect(Tags).toEqual(ALARM.Tags);
    const { AlarmHistoryItems = [] } = await cloudwatch().send(
      new DescribeAlarmHistoryCommand({ AlarmName: "high", ScanBy: "TimestampAscending" }),
    );
    expect(
      AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]),
    ).toEqual([
      ["ConfigurationUpdate", 'Alarm "high" created'],
      ["StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"],
      // There is no such policy.
      ["Action", `Failed to execute action ${ALARM.AlarmActions?.[0]}`],
      ["ConfigurationUpdate", 'Alarm "high" updated'],
    ]);
    const { createdAlarm } = JSON.parse(AlarmHistoryItems[0]?.HistoryData ?? "{}");
    expect(createdAlarm).toMatchObject({
      alarmName: "high",
      stateValue: "INSUFFICIENT_DATA",
      metricName: ALARM.MetricName,
      period: ALARM.Period,
      dimensions: dimensions.map(({ Name, Value }) => ({ name: Name, value: Value })),
      alarmActions: ALARM.AlarmActions,
    });
  });

  test("pages, prefixes, states and actions select, and a token is good for its own list", async () => {
    for (const AlarmName of ["a1", "a2", "a3", "b1"]) await put({ AlarmName });
    const first = await cloudwatch().send(new DescribeAlarmsCommand({ AlarmNamePrefix: "a", MaxRecords: 2 }));
    expect(first.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["a1", "a2"]);
    const { NextToken } = first;
    const rest = await cloudwatch().send(new DescribeAlarmsCommand({ AlarmNamePrefix: "a", NextToken }));
    expect(rest.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["a3"]);
    expect(await refusal(cloudwatch().send(new DescribeAlarmsCommand({ NextToken })))).toMatchObject({
      code: "InvalidNextToken",
    });
    const acting = (ActionPrefix: string) => cloudwatch().send(new DescribeAlarmsCommand({ ActionPrefix }));
    expect((await acting("arn:aws:autoscaling:")).MetricAlarms).toHaveLength(4);
    expect((await acting("arn:aws:sns:")).MetricAlarms).toEqual([]);
    const inAlarm = await cloudwatch().send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
    expect(inAlarm.MetricAlarms).toEqual([]);
  });

  test("of several that are deleted together all go or none", async () => {
    await put();
    const both = new DeleteAlarmsCommand({ AlarmNames: ["high", "none"] });
    expect(await refusal(cloudwatch().send(both))).toMatchObject({ code: "ResourceNotFound", status: 404 });
    expect(await named("high")).toBeDefined();
    await cloudwatch().send(new DeleteAlarmsCommand({ AlarmNames: ["high"] }));
    expect(await named("high")).toBeUndefined();
  });

  test("actions are switched, tags changed, and a metric leads to its alarms", async () => {
    await put();
    await cloudwatch().send(new DisableAlarmActionsCommand({ AlarmNames: ["high", "none"] }));
    expect(await named("high")).toMatchObject({ ActionsEnabled: false });
    await cloudwatch().send(new EnableAlarmActionsCommand({ AlarmNames: ["high"] }));
    expect(await named("high")).toMatchObject({ ActionsEnabled: true });
    const ResourceARN = arn("high");
    await cloudwatch().send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "b", Value: "2" }] }));
    await cloudwatch().send(new UntagResourceCommand({ ResourceARN, TagKeys: ["team"] }));
    const { Tags } = await cloudwatch().send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    const metric = { Namespace: "Shop", MetricName: "Waiting" };
    const of = (Dimensions: typeof dimensions) =>
      cloudwatch().send(new DescribeAlarmsForMetricCommand({ ...metric, Dimensions }));
    expect((await of(dimensions)).MetricAlarms).toHaveLength(1);
    expect((await of([])).MetricAlarms).toEqual([]);
  });

  test.each([
    [{ Period: 45 }, "InvalidParameterValue", /must be 10, 20, 30 or a multiple of 60/],
    [{ EvaluationPeriods: 1_441, DatapointsToAlarm: 1 }, "ValidationError", /more than a day/],
    [{ DatapointsToAlarm: 4 }, "ValidationError", /less than or equal to EvaluationPeriods/],
    [{ Threshold: undefined }, "MissingParameter", /Threshold is required/],
    [{ ExtendedStatistic: "p99" }, "ValidationError", /not supported by this server/],
    [{ TreatMissingData: "maybe" }, "ValidationError", /maybe is not valid/],
    [{ AlarmActions: ["arn:aws:sns:us-east-1:1:topic"] }, "ValidationError", /not supported by this server/],
  ])("what an alarm would not do is refused: %o", async (more, code, message) => {
    const {
      name,
      message: said,
      ...rest
    } = (await put(more as never).then(
      () => null,
      (error: unknown) => error,
    )) as Error & { Code?: string };
    expect(rest.Code ?? name).toBe(code);
    expect(said).toMatch(message);
  });
});
