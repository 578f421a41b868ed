/** Services through signed requests, on real PostgreSQL; nobody carries them out here, so their rows are what was asked. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}`;

/** The default cluster with two revisions of `web`. */
async function aCluster() {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  for (const image of ["busybox:1", "busybox:2"]) {
    const containerDefinitions = [{ name: "app", image, cpu: 256, memory: 64 }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  }
  const create = async (input: Partial<CreateServiceCommandInput> = {}) => {
    const wanted = { serviceName: "web", taskDefinition: "web:1", desiredCount: 2, ...input };
    return (await ecs.send(new CreateServiceCommand(wanted))).service ?? {};
  };
  const update = async (input: Partial<UpdateServiceCommandInput> = {}) =>
    (await ecs.send(new UpdateServiceCommand({ service: "web", ...input }))).service ?? {};
  const remove = async (force = false) =>
    (await ecs.send(new DeleteServiceCommand({ service: "web", force }))).service ?? {};
  const describeAll = (...services: string[]) => ecs.send(new DescribeServicesCommand({ services }));
  const describeOne = async (name = "web") => (await describeAll(name)).services?.[0] ?? {};
  return { ecs, create, update, remove, describeAll, describeOne };
}

const setStatus = (name: string, status: string) =>
  api.db.query("UPDATE services SET status = $2 WHERE name = $1", [name, status]);

const bellCount = async () =>
  (
    await api.db.query<{ n: number }>("SELECT count(*)::int AS n FROM bells WHERE kind = 'reconcileService'")
  )[0]?.n;

describe("CreateService", () => {
  test("answers every default that AWS reads back, and one deployment in progress", async () => {
    const { create, describeOne } = await aCluster();
    const service = await create({ tags: [{ key: "team", value: "a" }] });
    expect(service).toMatchObject({
      serviceArn: `${ARN}:service/default/web`,
      clusterArn: `${ARN}:cluster/default`,
      status: "ACTIVE",
      desiredCount: 2,
      runningCount: 0,
      pendingCount: 0,
      launchType: "EC2",
      taskDefinition: `${ARN}:task-definition/web:1`,
      schedulingStrategy: "REPLICA",
      deploymentController: { type: "ECS" },
      enableExecuteCommand: false,
      healthCheckGracePeriodSeconds: 0,
      propagateTags: "NONE",
      loadBalancers: [],
      serviceRegistries: [],
      placementConstraints: [],
      placementStrategy: [],
      events: [],
      tags: [{ key: "team", value: "a" }],
      deploymentConfiguration: {
        bakeTimeInMinutes: 0,
        alarms: { alarmNames: [], enable: false, rollback: false },
        strategy: "ROLLING",
        deploymentCircuitBreaker: {
          enable: false,
          rollback: false,
          resetOnHealthyTask: true,
          thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
        },
        maximumPercent: 200,
        minimumHealthyPercent: 100,
      },
    });
    expect(service.networkConfiguration).toBeUndefined();
    const [deployment, ...others] = service.deployments ?? [];
    expect(others).toEqual([]);
    expect(deployment?.id).toMatch(/^ecs-svc\/[1-9][0-9]{18}$/);
    expect(deployment).toMatchObject({
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      rolloutStateReason: `ECS deployment ${deployment?.id} in progress.`,
      desiredCount: 2,
      failedTasks: 0,
    });
    expect(service.currentServiceDeployment).toMatch(`${ARN}:service-deployment/default/web/`);
    expect(service.currentServiceRevisions).toMatchObject([{ requestedTaskCount: 2, runningTaskCount: 0 }]);
    expect(await describeOne()).toEqual({ ...service, tags: [] });
    expect(await bellCount()).toBe(1);
  });

  test("with the same token makes one service, and refuses another request with it", async () => {
    const { create } = await aCluster();
    const [a, b] = [
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ];
    const answers = await Promise.all([1, 2, 3].map(() => create({ clientToken: "once", tags: [a, b] })));
    const again = await create({ clientToken: "once", tags: [b, a] });
    const deployments = [...answers, again].map((service) => service.deployments?.[0]?.id);
    expect(new Set(deployments).size).toBe(1);
    const other = await refusal(create({ clientToken: "once", desiredCount: 3 }));
    expect(other).toMatchObject({
      code: "InvalidParameterException",
      message: "Creation of service was not idempotent.",
    });
  });

  test("refuses a name that is in use, and takes one that was given back with its token", async () => {
    const { create, describeOne } = await aCluster();
    const first = await create({ clientToken: "once" });
    expect((await refusal(create())).message).toBe("Creation of service was not idempotent.");
    await setStatus("web", "DRAINING");
    expect((await refusal(create())).message).toBe("Unable to Start a service that is still Draining.");
    await setStatus("web", "INACTIVE");
    expect((await describeOne()).status).toBe("INACTIVE");
    const second = await create({ clientToken: "once" });
    expect(second.status).toBe("ACTIVE");
    expect(second.deployments?.[0]?.id).not.toBe(first.deployments?.[0]?.id);
    expect(await describeOne()).toMatchObject({ status: "ACTIVE" });
  });

  test("forgets services that ended a day ago, and none before", async () => {
    const { create, describeOne, describeAll } = await aCluster();
    for (const [serviceName, hours] of [
      ["new", 23],
      ["old", 25],
    ] as const) {
      await create({ serviceName });
      await setStatus(serviceName, "INACTIVE");
      const ended = "UPDATE services SET deactivated_at = now() - make_interval(hours => $2) WHERE name = $1";
      await api.db.query(ended, [serviceName, hours]);
    }
    expect((await describeOne("old")).status).toBe("INACTIVE");
    await create();
    expect((await describeOne("new")).status).toBe("INACTIVE");
    expect((await describeAll("old")).failures).toMatchObject([{ reason: "MISSING" }]);
    const [left] = await api.db.query("SELECT count(*)::int AS deployments FROM service_deployments");
    expect(left).toEqual({ deployments: 2 });
  });

  test("of a DAEMON counts nothing itself, and stops before it starts", async () => {
    const { create } = await aCluster();
    const service = await create({ schedulingStrategy: "DAEMON", desiredCount: undefined });
    expect(service).toMatchObject({
      schedulingStrategy: "DAEMON",
      desiredCount: 0,
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    });
  });

  test("needs a definition, a cluster and a name that are there", async () => {
    const { ecs, create } = await aCluster();
    expect((await refusal(create({ taskDefinition: "other" }))).message).toBe("TaskDefinition not found.");
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:1" }));
    expect((await refusal(create())).message).toBe("TaskDefinition is inactive");
    expect((await refusal(create({ cluster: "none", taskDefinition: "web" }))).code).toBe(
      "ClusterNotFoundException",
    );
    expect((await refusal(create({ serviceName: "a b" }))).message).toBe("Invalid service name.");
    expect((await refusal(create({ launchType: "FARGATE", taskDefinition: "web" }))).message).toBe(
      "Task definition does not support launch_type FARGATE.",
    );
  });
});

describe("UpdateService", () => {
  test("of the count alone keeps the deployment", async () => {
    const { create, update } = await aCluster();
    const before = await create();
    const after = await update({ desiredCount: 5, deploymentConfiguration: { maximumPercent: 150 } });
    expect(after).toMatchObject({
      desiredCount: 5,
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 150 },
    });
    expect(after.deployments).toMatchObject([{ id: before.deployments?.[0]?.id, desiredCount: 5 }]);
  });

  test("to another definition begins a deployment and ends the one under way", async () => {
    const { create, update } = await aCluster();
    const before = await create();
    const after = await update({ taskDefinition: "web:2" });
    const [primary, old] = after.deployments ?? [];
    expect(primary).toMatchObject({ status: "PRIMARY", taskDefinition: `${ARN}:task-definition/web:2` });
    expect(old).toMatchObject({ id: before.deployments?.[0]?.id, status: "ACTIVE" });
    expect(after.currentServiceRevisions).toHaveLength(2);
    const again = await update({ taskDefinition: "web:2" });
    expect(again.deployments?.[0]?.id).toBe(primary?.id);
    const forced = await update({ forceNewDeployment: true });
    expect(forced.deployments?.[0]?.id).not.toBe(primary?.id);
    expect(forced.deployments).toHaveLength(3);
  });

  test("at the same time as others leaves one PRIMARY", async () => {
    const { create, update, describeOne } = await aCluster();
    await create();
    await Promise.all([1, 2, 3, 4].map((n) => update({ desiredCount: n, forceNewDeployment: true })));
    const { deployments } = await describeOne();
    expect(deployments?.filter(({ status }) => status === "PRIMARY")).toHaveLength(1);
    expect(deployments).toHaveLength(5);
  });

  test("refuses a service that drains or never was", async () => {
    const { create, update } = await aCluster();
    expect((await refusal(update())).code).toBe("ServiceNotFoundException");
    await create();
    for (const status of ["DRAINING", "INACTIVE"]) {
      await setStatus("web", status);
      expect(await refusal(update())).toMatchObject({
        code: "ServiceNotActiveException",
        message: "Service was not ACTIVE.",
      });
    }
  });
});

describe("DeleteService", () => {
  test("waits for a count of zero unless it is forced, and can be repeated", async () => {
    const { create, update, remove } = await aCluster();
    await create();
    expect((await refusal(remove())).message).toBe(
      "The service cannot be stopped while it is scaled above 0.",
    );
    await update({ desiredCount: 0 });
    expect(await remove()).toMatchObject({ status: "DRAINING", desiredCount: 0 });
    expect(await remove()).toMatchObject({ status: "DRAINING" });
    await setStatus("web", "INACTIVE");
    expect((await refusal(remove())).code).toBe("ServiceNotFoundException");
    await create();
    expect(await remove(true)).toMatchObject({ status: "DRAINING", desiredCount: 0 });
  });

  test("of a DAEMON needs no force", async () => {
    const { create, remove } = await aCluster();
    await create({ schedulingStrategy: "DAEMON", desiredCount: undefined });
    await api.db.query("UPDATE services SET desired_count = 3");
    expect(await remove()).toMatchObject({ status: "DRAINING" });
  });
});

describe("DescribeServices and ListServices", () => {
  test("answer by name and ARN, say what is missing, and page by ten", async () => {
    const { ecs, create, describeAll } = await aCluster();
    const names = Array.from({ length: 12 }, (_, n) => `s${String(n).padStart(2, "0")}`);
    for (const serviceName of names) await create({ serviceName });
    await create({ serviceName: "every", schedulingStrategy: "DAEMON", desiredCount: undefined });
    const found = await describeAll("s01", `${ARN}:service/default/s00`, "none");
    expect(found.services?.map(({ serviceName }) => serviceName)).toEqual(["s01", "s00"]);
    expect(found.failures).toEqual([{ arn: `${ARN}:service/default/none`, reason: "MISSING" }]);
    expect((await refusal(describeAll(...names))).message).toBe("Services can have at most 10 items.");

    const first = await ecs.send(new ListServicesCommand({}));
    expect(first.serviceArns).toHaveLength(10);
    const second = await ecs.send(new ListServicesCommand({ nextToken: first.nextToken }));
    expect([...(first.serviceArns ?? []), ...(second.serviceArns ?? [])]).toHaveLength(13);
    expect(second.nextToken).toBeUndefined();
    const daemons = await ecs.send(new ListServicesCommand({ schedulingStrategy: "DAEMON" }));
    expect(daemons.serviceArns).toEqual([`${ARN}:service/default/every`]);
    await setStatus("every", "DRAINING");
    const none = await ecs.send(new ListServicesCommand({ schedulingStrategy: "DAEMON" }));
    expect(none.serviceArns).toEqual([]);
  });
});

describe("a cluster", () => {
  test("counts its services and is not deleted while it has any", async () => {
    const { ecs, create } = await aCluster();
    await create();
    const { clusters } = await ecs.send(new DescribeClustersCommand({ include: ["STATISTICS"] }));
    expect(clusters?.[0]?.activeServicesCount).toBe(1);
    expect(clusters?.[0]?.statistics).toContainEqual({ name: "activeEC2ServiceCount", value: "1" });
    const remove = () => ecs.send(new DeleteClusterCommand({ cluster: "default" }));
    for (const status of ["ACTIVE", "DRAINING"]) {
      await setStatus("web", status);
      expect(await refusal(remove())).toMatchObject({
        code: "ClusterContainsServicesException",
        message: "The Cluster cannot be deleted while Services are active.",
      });
    }
    await setStatus("web", "INACTIVE");
    expect((await remove()).cluster?.status).toBe("INACTIVE");
  });
});

test("a cluster is not deleted under a service that is made at the same time", async () => {
  const { ecs, create } = await aCluster();
  const outcomes = new Set<string>();
  for (let round = 0; round < 10; round++) {
    const cluster = `c${round}`;
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const [made, deleted] = await Promise.allSettled([
      create({ cluster }),
      ecs.send(new DeleteClusterCommand({ cluster })),
    ]);
    outcomes.add(`${made.status} ${deleted.status}`);
  }
  for (const outcome of outcomes) {
    expect(["fulfilled rejected", "rejected fulfilled"]).toContain(outcome);
  }
});

describe("who may change services", () => {
  test("is asked for the service, its cluster and the roles its tasks get", async () => {
    const { ecs, create } = await aCluster();
    const role = { taskRoleArn: "task-role", family: "roled" };
    const containerDefinitions = [{ name: "app", image: "busybox", cpu: 256, memory: 64 }];
    await ecs.send(new RegisterTaskDefinitionCommand({ ...role, containerDefinitions }));
    const { iam } = api.clients();
    const UserName = "ann";
    await iam.send(new CreateUserCommand({ UserName }));
    const may = (...Statement: object[]) => {
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      return iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
    };
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const ann = api.clients({
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    }).ecs;
    const services = {
      Effect: "Allow",
      Action: ["ecs:CreateService", "ecs:UpdateService"],
      Resource: `${ARN}:service/default/web`,
      Condition: {
        ArnEquals: { "ecs:cluster": `${ARN}:cluster/default` },
        StringLike: { "ecs:task-definition": `${ARN}:task-definition/*` },
      },
    };
    const pass = {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: `arn:aws:iam::${ACCOUNT}:role/task-role`,
    };
    const make = (serviceName: string, taskDefinition = "roled") =>
      ann.send(new CreateServiceCommand({ serviceName, taskDefinition, desiredCount: 1 }));
    expect((await refusal(make("web"))).message).toContain("perform: ecs:CreateService on resource");
    await may(services);
    expect((await refusal(make("web"))).message).toContain(
      `perform: iam:PassRole on resource: arn:aws:iam::${ACCOUNT}:role/task-role`,
    );
    expect((await refusal(make("other", "web"))).code).toBe("AccessDeniedException");
    await may(services, pass);
    await make("web");
    const change = { service: "web", taskDefinition: "web" };
    await ann.send(new UpdateServiceCommand(change));
    expect((await refusal(ann.send(new DescribeServicesCommand({ services: ["web"] })))).message).toContain(
      "ecs:DescribeServices",
    );
    expect((await refusal(create())).message).toBe("Creation of service was not idempotent.");
  });
});

describe("the SDK's waiters", () => {
  const waiting = () => ({ client: api.clients().ecs, maxWaitTime: 5, minDelay: 1, maxDelay: 1 });

  test("see a service without tasks as stable, and one that is gone as inactive", async () => {
    const { create, remove } = await aCluster();
    await create({ desiredCount: 0 });
    expect((await waitUntilServicesStable(waiting(), { services: ["web"] })).state).toBe("SUCCESS");
    await remove();
    await expect(waitUntilServicesStable(waiting(), { services: ["web"] })).rejects.toThrow();
    await setStatus("web", "INACTIVE");
    expect((await waitUntilServicesInactive(waiting(), { services: ["web"] })).state).toBe("SUCCESS");
  });
});
