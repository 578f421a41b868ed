/** Application Auto Scaling through signed requests, on real PostgreSQL; nobody evaluates alarms here. */
import {
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  type DescribeScalableTargetsCommandInput,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  type CustomizedMetricSpecification as Metric,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
  PutScheduledActionCommand,
  type PutScheduledActionCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { findAlarm } from "@roadstead/db/alarms";
import { findScope } from "@roadstead/db/scopes";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeGroup, makeListener } from "./elb.test-data.ts";

const api = useApi();
const scaling = () => api.clients().autoscaling;
const ResourceId = "service/default/web";
const key = { ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount", ResourceId } as const;
const NO_TARGET =
  "No scalable target found for service namespace: ecs, resource ID: service/default/web, scalable dimension: ecs:service:DesiredCount";

async function aService(input: Partial<CreateServiceCommandInput> = {}) {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  const portMappings = [{ containerPort: 80 }];
  const containerDefinitions = [{ name: "app", image: "busybox", cpu: 256, memory: 64, portMappings }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  const wanted = { serviceName: "web", taskDefinition: "web", desiredCount: 3, ...input };
  await ecs.send(new CreateServiceCommand(wanted));
}
/** A target group behind a load balancer, as services and policies name it. */
async function balanced() {
  const clients = api.clients();
  const network = await defaultNetwork(api.db);
  const balancer = await makeBalancer(clients, network);
  const targetGroupArn = await makeGroup(clients, network, { TargetType: "instance" });
  await makeListener(clients, balancer, { Type: "forward", TargetGroupArn: targetGroupArn });
  const ResourceLabel = `${/app\/.*/.exec(balancer)?.[0]}/${/targetgroup\/.*/.exec(targetGroupArn)?.[0]}`;
  return { ResourceLabel, loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 80 }] };
}
const requestsOf = (ResourceLabel: string) => ({
  PolicyName: "requests",
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 100,
    PredefinedMetricSpecification: {
      PredefinedMetricType: "ALBRequestCountPerTarget" as const,
      ResourceLabel,
    },
  },
});
const register = (more: Partial<RegisterScalableTargetCommandInput> = {}) =>
  scaling().send(new RegisterScalableTargetCommand({ ...key, MinCapacity: 2, MaxCapacity: 6, ...more }));
const targets = async (more: Partial<DescribeScalableTargetsCommandInput> = {}) =>
  (await scaling().send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ...more })))
    .ScalableTargets ?? [];
const put = (more: Partial<PutScalingPolicyCommandInput> = {}) => {
  const usual = more.PolicyType ? {} : tracking();
  return scaling().send(new PutScalingPolicyCommand({ ...key, PolicyName: "cpu", ...usual, ...more }));
};
const tracking = (PredefinedMetricType = "ECSServiceAverageCPUUtilization", TargetValue = 70) =>
  ({
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue,
      PredefinedMetricSpecification: { PredefinedMetricType },
    },
  }) as Partial<PutScalingPolicyCommandInput>;
const steps = (...StepAdjustments: { lower?: number; upper?: number; by: number }[]) =>
  ({
    PolicyType: "StepScaling",
    StepScalingPolicyConfiguration: {
      AdjustmentType: "ChangeInCapacity",
      StepAdjustments: StepAdjustments.map(({ lower, upper, by }) => ({
        MetricIntervalLowerBound: lower,
        MetricIntervalUpperBound: upper,
        ScalingAdjustment: by,
      })),
    },
  }) as Partial<PutScalingPolicyCommandInput>;
const policies = async () =>
  (await scaling().send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }))).ScalingPolicies ??
  [];
const activities = async (IncludeNotScaledActivities = false) =>
  (
    await scaling().send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs", IncludeNotScaledActivities }),
    )
  ).ScalingActivities ?? [];
const desiredCount = async () => {
  const { services } = await api.clients().ecs.send(new DescribeServicesCommand({ services: ["web"] }));
  return services?.[0]?.desiredCount;
};
async function alarm(name = "") {
  const scope = await findScope(api.db, { accountId: ACCOUNT, region: REGION });
  return findAlarm(api.db, scope?.id ?? 0, name);
}

describe("a scalable target", () => {
  test("is described as it was registered, with the service's own role", async () => {
    await aService();
    const { ScalableTargetARN = "" } = await register({ RoleARN: `arn:aws:iam::${ACCOUNT}:role/mine` });
    expect(ScalableTargetARN).toMatch(
      new RegExp(`^arn:aws:application-autoscaling:${REGION}:${ACCOUNT}:scalable-target/0ec5[0-9a-f]{32}$`),
    );
    expect(await targets({ ResourceIds: [ResourceId] })).toMatchObject([
      {
        ...key,
        ScalableTargetARN,
        MinCapacity: 2,
        MaxCapacity: 6,
        RoleARN: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
        },
      },
    ]);
    expect([await desiredCount(), await activities()]).toEqual([3, []]);
  });

  test("keeps what another registration leaves out", async () => {
    await aService();
    const first = await register();
    const SuspendedState = { DynamicScalingInSuspended: true };
    const again = await register({ MinCapacity: undefined, MaxCapacity: 8, SuspendedState });
    expect(again.ScalableTargetARN).toBe(first.ScalableTargetARN);
    const after = { MinCapacity: 2, MaxCapacity: 8, SuspendedState: { DynamicScalingInSuspended: true } };
    expect(await targets()).toMatchObject([after]);
  });

  test.each([
    [{ MinCapacity: 4 }, 4, "minimum capacity was set to 4"],
    [{ MinCapacity: 1, MaxCapacity: 2 }, 2, "maximum capacity was set to 2"],
  ])("moves a service of three into %j", async (bounds, count, Cause) => {
    await aService();
    await register(bounds);
    expect(await desiredCount()).toBe(count);
    expect(await activities()).toMatchObject([
      {
        ...key,
        Description: `Setting desired count to ${count}.`,
        Cause,
        StatusCode: "InProgress",
        StatusMessage: `Successfully set desired count to ${count}. Waiting for change to be fulfilled by ecs.`,
      },
    ]);
  });

  test.each<[Partial<RegisterScalableTargetCommandInput>, RegExp]>([
    [{ MinCapacity: undefined }, /must be specified when a scalable target is registered/],
    [{ MinCapacity: 7 }, /MaxCapacity must be greater than or equal to MinCapacity/],
    [{ MinCapacity: -1 }, /must not be negative/],
    [{ ResourceId: "service/default/other" }, /^ECS service doesn't exist: service\/default\/other$/],
    [{ ResourceId: "service/web" }, /^Unsupported service namespace, resource type or scalable dimension$/],
    [
      { ServiceNamespace: "dynamodb", ScalableDimension: "dynamodb:table:ReadCapacityUnits" },
      /^Unsupported service namespace/,
    ],
    [{ Tags: { "aws:x": "" } }, /reserved/],
  ])("with %j is refused", async (more, message) => {
    await aService();
    const refused = await refusal(register(more));
    expect(refused).toMatchObject({ code: "ValidationException", status: 400 });
    expect(refused.message).toMatch(message);
    expect(await targets()).toEqual([]);
  });

  test("is listed in pages of its region alone", async () => {
    await aService();
    for (const name of ["a", "b", "c"]) {
      const create = { serviceName: name, taskDefinition: "web", desiredCount: 2 };
      await api.clients().ecs.send(new CreateServiceCommand(create));
      await register({ ResourceId: `service/default/${name}` });
    }
    const first = await scaling().send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", MaxResults: 2 }),
    );
    expect(first.ScalableTargets?.map((target) => target.ResourceId)).toEqual([
      "service/default/a",
      "service/default/b",
    ]);
    expect(await targets({ NextToken: first.NextToken })).toMatchObject([
      { ResourceId: "service/default/c" },
    ]);
    expect(await targets({ ResourceIds: ["service/default/b", "service/default/x"] })).toHaveLength(1);
    const elsewhere = api.clients(api.administrator(), "eu-test-1").autoscaling;
    const there = await elsewhere.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }));
    expect(there.ScalableTargets).toEqual([]);
    expect(await targets({ ServiceNamespace: "rds" })).toEqual([]);
    const stale = targets({ NextToken: first.NextToken, ResourceIds: [ResourceId] });
    expect(await refusal(stale)).toMatchObject({ code: "InvalidNextTokenException", status: 400 });
    expect(await refusal(targets({ MaxResults: 51 }))).toMatchObject({ code: "ValidationException" });
  });

  test("is tagged when it is made and afterwards", async () => {
    await aService();
    const { ScalableTargetARN: ResourceARN = "" } = await register({ Tags: { team: "a", tier: "1" } });
    await scaling().send(new TagResourceCommand({ ResourceARN, Tags: { team: "b" } }));
    await scaling().send(new UntagResourceCommand({ ResourceARN, TagKeys: ["tier"] }));
    const { Tags } = await scaling().send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual({ team: "b" });
    const unknown = scaling().send(new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}0` }));
    expect((await refusal(unknown)).code).toBe("ResourceNotFoundException");
  });

  test("takes its policies and their alarms along when it is deregistered", async () => {
    await aService();
    await register();
    const { Alarms = [] } = await put();
    await scaling().send(new DeregisterScalableTargetCommand(key));
    expect([await targets(), await policies()]).toEqual([[], []]);
    for (const { AlarmName } of Alarms) expect(await alarm(AlarmName)).toBeNull();
    const again = await refusal(scaling().send(new DeregisterScalableTargetCommand(key)));
    expect(again).toEqual({ code: "ObjectNotFoundException", message: NO_TARGET, status: 400 });
    await register();
    expect(await policies()).toEqual([]);
  });

  test("is had by those alone who may, by its tags where a policy asks for them", async () => {
    await aService();
    const { iam } = api.clients();
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const Condition = { StringEquals: { "aws:ResourceTag/team": "a" } };
    const Statement = [
      { Effect: "Allow", Action: "application-autoscaling:PutScalingPolicy", Resource: "*", Condition },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const ann = api.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }).autoscaling;
    const asked = () =>
      ann.send(new PutScalingPolicyCommand({ ...key, PolicyName: "cpu", ...tracking() } as never));
    const { ScalableTargetARN: ResourceARN = "" } = await register();
    expect((await refusal(asked())).code).toBe("AccessDeniedException");
    await scaling().send(new TagResourceCommand({ ResourceARN, Tags: { team: "a" } }));
    await asked();
  });
});

describe("a target tracking policy", () => {
  test("has the two alarms that AWS makes for it", async () => {
    await aService();
    await register();
    const made = await put();
    expect(made.PolicyARN).toMatch(
      new RegExp(
        `^arn:aws:autoscaling:${REGION}:${ACCOUNT}:scalingPolicy:[0-9a-f-]{36}:resource/ecs/${ResourceId}:policyName/cpu$`,
      ),
    );
    const [high, low] = made.Alarms ?? [];
    expect(high?.AlarmName).toMatch(/^TargetTracking-service\/default\/web-AlarmHigh-[0-9a-f-]{36}$/);
    expect(low?.AlarmName).toMatch(/^TargetTracking-service\/default\/web-AlarmLow-[0-9a-f-]{36}$/);
    expect(high?.AlarmARN).toBe(`arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${high?.AlarmName}`);
    const metric = {
      namespace: "AWS/ECS",
      metricName: "CPUUtilization",
      dimensions: { ClusterName: "default", ServiceName: "web" },
      statistic: "Average",
      periodSeconds: 60,
    };
    const common = {
      description: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${made.PolicyARN}.`,
      alarmActions: [made.PolicyARN],
      metric,
    };
    expect(await alarm(high?.AlarmName)).toMatchObject({
      actionsEnabled: true,
      definition: {
        ...common,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 70,
        evaluationPeriods: 3,
      },
    });
    expect(await alarm(low?.AlarmName)).toMatchObject({
      definition: {
        ...common,
        comparisonOperator: "LessThanThreshold",
        threshold: 63,
        evaluationPeriods: 15,
      },
    });
    expect(await policies()).toMatchObject([
      {
        ...key,
        PolicyName: "cpu",
        PolicyARN: made.PolicyARN,
        ...tracking(),
        Alarms: [high, low],
      },
    ]);
  });

  test("keeps its name and alarms when it changes, and has no low one while it may not scale in", async () => {
    await aService();
    await register();
    const first = await put();
    const changed = tracking("ECSServiceAverageCPUUtilization", 50);
    const configuration = changed.TargetTrackingScalingPolicyConfiguration;
    const second = await put({
      ...changed,
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        ...configuration,
        DisableScaleIn: true,
        ScaleOutCooldown: 10,
      },
    });
    expect(second.PolicyARN).toBe(first.PolicyARN);
    expect(second.Alarms).toEqual(first.Alarms?.slice(0, 1));
    expect(await alarm(first.Alarms?.[0]?.AlarmName)).toMatchObject({ definition: { threshold: 50 } });
    expect(await alarm(first.Alarms?.[1]?.AlarmName)).toBeNull();
    expect(await policies()).toMatchObject([
      { TargetTrackingScalingPolicyConfiguration: { DisableScaleIn: true, ScaleOutCooldown: 10 } },
    ]);
  });

  test("tracks requests of a target group, or a metric of one's own", async () => {
    const { ResourceLabel, loadBalancers } = await balanced();
    await aService({ loadBalancers });
    await register();
    const [LoadBalancer, TargetGroup] = ResourceLabel.split("/targetgroup/");
    const requests = await put(requestsOf(ResourceLabel));
    expect(await alarm(requests.Alarms?.[0]?.AlarmName)).toMatchObject({
      definition: {
        metric: {
          namespace: "AWS/ApplicationELB",
          metricName: "RequestCountPerTarget",
          dimensions: { LoadBalancer, TargetGroup: `targetgroup/${TargetGroup}` },
          statistic: "Sum",
        },
      },
    });
    const CustomizedMetricSpecification = {
      Namespace: "shop",
      MetricName: "Backlog",
      Dimensions: [{ Name: "Queue", Value: "orders" }],
      Statistic: "Maximum",
      Unit: "Count",
    } satisfies Metric;
    const own = await put({
      PolicyName: "own",
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 5, CustomizedMetricSpecification },
    });
    expect(await alarm(own.Alarms?.[0]?.AlarmName)).toMatchObject({
      definition: {
        metric: { namespace: "shop", metricName: "Backlog", statistic: "Maximum", unit: "Count" },
      },
    });
    const shown = (await policies()).find(({ PolicyName }) => PolicyName === "own");
    expect(shown?.TargetTrackingScalingPolicyConfiguration).toEqual({
      TargetValue: 5,
      CustomizedMetricSpecification,
      DisableScaleIn: false,
    });
  });

  const backlog = (Expression: string): Partial<PutScalingPolicyCommandInput> => ({
    PolicyName: "backlog",
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 10,
      CustomizedMetricSpecification: {
        Metrics: [
          {
            Id: "m1",
            MetricStat: {
              Metric: {
                Namespace: "shop",
                MetricName: "Backlog",
                Dimensions: [{ Name: "Queue", Value: "orders" }],
              },
              Stat: "Sum",
            },
            ReturnData: false,
          },
          { Id: "e1", Expression, Label: "per task", ReturnData: true },
        ],
      },
    },
  });

  test("tracks an expression over metrics", async () => {
    await aService();
    await register();
    const wanted = backlog("m1 / 4");
    const { Alarms } = await put(wanted);
    expect((await policies())[0]).toMatchObject(wanted);
    const watched = (await alarm(Alarms?.[0]?.AlarmName))?.definition;
    expect(watched).toMatchObject({
      metric: null,
      threshold: 10,
      queries: [
        { id: "m1", metric: { metricName: "Backlog", periodSeconds: 60 } },
        { id: "e1", returnData: true },
      ],
    });
    expect((await refusal(put(backlog("m1 / nothing")))).message).toMatch(/^Error in expression/);
  });

  test.each<[string, Partial<PutScalingPolicyCommandInput>, RegExp]>([
    ["another of the same metric", { PolicyName: "again" }, /^Only one TargetTrackingScaling policy/],
    ["a metric of another service", tracking("RDSReaderAverageCPUUtilization"), /cannot be used/],
    ["a target of nothing", tracking("ECSServiceAverageMemoryUtilization", 0), /greater than 0/],
    ["requests of no target group", tracking("ALBRequestCountPerTarget"), /ResourceLabel must be/],
    ["steps", { ...steps({ lower: 0, by: 1 }), PolicyType: "TargetTrackingScaling" }, /has a TargetTracking/],
    ["forecasts", { PolicyType: "PredictiveScaling" }, /not supported by this server/],
  ])("with %s is refused", async (_what, more, message) => {
    await aService();
    await register();
    await put();
    const refused = await refusal(put(more));
    expect(refused).toMatchObject({ code: "ValidationException", status: 400 });
    expect(refused.message).toMatch(message);
    expect(await policies()).toMatchObject([{ PolicyName: "cpu", ...tracking() }]);
  });

  test("tracks requests of no group that its service is not in, or that is not there", async () => {
    const { ResourceLabel } = await balanced();
    await aService();
    await register();
    const refused = async (label: string) => (await refusal(put(requestsOf(label)))).message;
    expect(await refused(ResourceLabel)).toMatch(/^Target group \S+ is not attached to the ECS service\.$/);
    for (const wrong of [
      ResourceLabel.replace("app/web", "app/other"),
      ResourceLabel.replace(/.{16}$/, "0".repeat(16)),
    ]) {
      expect(await refused(wrong)).toMatch(/names no target group/);
    }
    expect(await policies()).toEqual([]);
  });

  test("stays of its type", async () => {
    await aService();
    await register();
    await put();
    const changed = put({ ...steps({ lower: 0, by: 1 }), PolicyType: "StepScaling" });
    expect((await refusal(changed)).message).toMatch(/^You cannot change a TargetTrackingScaling policy to/);
    expect(await policies()).toMatchObject([tracking()]);
  });

  test("is deleted with its alarms; what is not there is said", async () => {
    await aService();
    expect(await refusal(put())).toEqual({
      code: "ObjectNotFoundException",
      message: NO_TARGET,
      status: 400,
    });
    await register();
    const { Alarms = [] } = await put();
    const gone = () => scaling().send(new DeleteScalingPolicyCommand({ ...key, PolicyName: "cpu" }));
    await gone();
    expect(await policies()).toEqual([]);
    for (const { AlarmName } of Alarms) expect(await alarm(AlarmName)).toBeNull();
    expect(await refusal(gone())).toMatchObject({ code: "ObjectNotFoundException", status: 400 });
  });
});

describe("a step policy", () => {
  test("is described as it was put, and has the alarms that name it", async () => {
    await aService();
    await register();
    const wanted = steps({ lower: 0, upper: 15, by: 1 }, { lower: 15, by: 3 });
    const made = await put({ ...wanted, PolicyName: "steps" });
    expect(made.Alarms).toEqual([]);
    expect(await policies()).toMatchObject([
      { PolicyName: "steps", ...JSON.parse(JSON.stringify(wanted)), Alarms: [] },
    ]);
  });

  test.each<[string, Partial<PutScalingPolicyCommandInput>, RegExp]>([
    ["no steps", steps(), /At least one StepAdjustment/],
    ["a gap", steps({ lower: 0, upper: 10, by: 1 }, { lower: 20, by: 2 }), /gaps/],
    ["an overlap", steps({ lower: 0, upper: 10, by: 1 }, { lower: 5, by: 2 }), /overlap/],
    ["two steps to the end", steps({ lower: 0, by: 1 }, { lower: 5, by: 2 }), /overlap/],
    ["bounds the wrong way round", steps({ lower: 10, upper: 0, by: 1 }), /must be less than/],
  ])("with %s is refused", async (_what, more, message) => {
    await aService();
    await register();
    const refused = await refusal(put(more));
    expect(refused).toMatchObject({ code: "ValidationException", status: 400 });
    expect(refused.message).toMatch(message);
  });
});

describe("a scheduled action", () => {
  const schedule = (more: Partial<PutScheduledActionCommandInput> = {}) =>
    scaling().send(
      new PutScheduledActionCommand({
        ...key,
        ScheduledActionName: "morning",
        Schedule: "cron(0 9 ? * MON-FRI *)",
        Timezone: "Europe/Paris",
        ScalableTargetAction: { MinCapacity: 4 },
        ...more,
      }),
    );
  const scheduled = async (ScheduledActionNames?: string[]) =>
    (
      await scaling().send(
        new DescribeScheduledActionsCommand({ ServiceNamespace: "ecs", ScheduledActionNames }),
      )
    ).ScheduledActions ?? [];

  test("is described as it was put, keeps what an update leaves out, and is deleted", async () => {
    await aService();
    expect(await refusal(schedule())).toMatchObject({ code: "ObjectNotFoundException", message: NO_TARGET });
    await register();
    const EndTime = new Date("2099-01-01T00:00:00Z");
    await schedule({ EndTime });
    const [made] = await scheduled();
    expect(made).toMatchObject({
      ...key,
      ScheduledActionName: "morning",
      Schedule: "cron(0 9 ? * MON-FRI *)",
      Timezone: "Europe/Paris",
      EndTime,
      ScalableTargetAction: { MinCapacity: 4 },
    });
    expect(made?.ScheduledActionARN).toMatch(
      new RegExp(
        `^arn:aws:autoscaling:${REGION}:${ACCOUNT}:scheduledAction:[0-9a-f-]{36}:resource/ecs/${ResourceId}:scheduledActionName/morning$`,
      ),
    );
    await schedule({ Schedule: "rate(2 hours)", ScalableTargetAction: undefined, Timezone: undefined });
    const [changed] = await scheduled(["morning"]);
    expect(changed).toMatchObject({
      ScheduledActionARN: made?.ScheduledActionARN,
      Schedule: "rate(2 hours)",
      Timezone: "Europe/Paris",
      ScalableTargetAction: { MinCapacity: 4 },
    });
    expect(changed?.EndTime).toBeUndefined();
    expect(await scheduled(["evening"])).toEqual([]);
    const gone = () =>
      scaling().send(new DeleteScheduledActionCommand({ ...key, ScheduledActionName: "morning" }));
    await gone();
    expect(await scheduled()).toEqual([]);
    expect(await refusal(gone())).toMatchObject({ code: "ObjectNotFoundException", status: 400 });
  });

  test.each<[Partial<PutScheduledActionCommandInput>, RegExp]>([
    [{ Schedule: "every day" }, /^Invalid schedule expression: every day$/],
    [{ Schedule: "at(2020-01-01T00:00:00)" }, /no time in the future/],
    [{ Schedule: undefined }, /Schedule must be specified/],
    [{ Timezone: "Mars/Base" }, /^Invalid timezone: Mars\/Base$/],
    [{ ScalableTargetAction: {} }, /must have a MinCapacity/],
    [{ ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }, /greater than or equal/],
    [{ StartTime: new Date(9e12), EndTime: new Date(8e12) }, /EndTime must be after StartTime/],
  ])("with %j is refused", async (more, message) => {
    await aService();
    await register();
    const refused = await refusal(schedule(more));
    expect(refused).toMatchObject({ code: "ValidationException", status: 400 });
    expect(refused.message).toMatch(message);
    expect(await scheduled()).toEqual([]);
  });
});
