/** Tasks, machines and tags of services through signed requests, on real PostgreSQL; launches stand in for the deployer. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeContainerInstancesCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListServiceDeploymentsCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  SubmitTaskStateChangeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContainerInstancesStateCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { openLaunchRequest } from "@roadstead/db/launch-requests";
import { describe, expect, test, vi } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const SOON = { timeout: 10_000, interval: 20 };
const ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}`;
const SERVICE = `${ARN}:service/default/web`;

/** The service `web` of two tasks in a cluster with one machine. */
async function aService() {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  const agent = await api.agent();
  const { containerInstance } = await agent.ecs.send(
    new RegisterContainerInstanceCommand({
      totalResources: [
        { name: "CPU", type: "INTEGER", integerValue: 1024 },
        { name: "MEMORY", type: "INTEGER", integerValue: 2048 },
      ],
    }),
  );
  const containerDefinitions = [{ name: "app", image: "busybox", cpu: 128, memory: 64 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  const wanted = { serviceName: "web", taskDefinition: "web", desiredCount: 2 };
  const { service } = await ecs.send(new CreateServiceCommand(wanted));
  const describeOne = async () =>
    (await ecs.send(new DescribeServicesCommand({ services: ["web"] }))).services?.[0] ?? {};
  const list = async (input: ListTasksCommandInput = { serviceName: "web" }) =>
    (await ecs.send(new ListTasksCommand(input))).taskArns ?? [];
  const launch = async (deploymentId: string, count: number) => {
    const before = (await list()).length;
    await launchFor(deploymentId, count);
    await vi.waitFor(async () => expect(await list()).toHaveLength(before + count), SOON);
  };
  const instance = containerInstance?.containerInstanceArn ?? "";
  return { ecs, agent, service: service ?? {}, instance, describeOne, list, launch };
}

/** Launches as the deployer does, for the newest service. */
async function launchFor(deploymentId: string, count: number): Promise<void> {
  const [row] = await api.db.query<{ id: string; scope: number; cluster: string; definition: string }>(
    `SELECT id, scope_id AS scope, cluster_id AS cluster, task_definition_id AS definition FROM services`,
  );
  if (!row) throw new Error("no service");
  const container = { name: "app", image: "busybox", essential: true, cpu: 128, memoryMiB: 64 };
  await api.db.write((tx) =>
    openLaunchRequest(tx, {
      scopeId: row.scope,
      clusterId: row.cluster,
      clientToken: null,
      requestHash: "",
      deadlineMs: 60_000,
      parameters: { constraints: [], strategy: [] },
      instanceIds: null,
      count,
      service: { serviceId: row.id, deploymentId },
      task: {
        taskDefinitionId: row.definition,
        family: "web",
        launchType: "EC2",
        group: "service:web",
        startedBy: deploymentId,
        demand: { cpu: 128, memoryMiB: 64, ports: [], gpus: 0 },
        cpu: null,
        memory: null,
        overrides: {},
        containers: [{ ...container, memoryReservationMiB: null, hasHealthCheck: false }],
        tags: [{ key: "aws:ecs:serviceName", value: "web" }],
        enableExecuteCommand: false,
      },
    }),
  );
}

const idOf = (deployments: { readonly id?: string | undefined }[] | undefined) => deployments?.[0]?.id ?? "";

const bells = async () =>
  (await api.db.query<{ key: string }>("SELECT key FROM bells WHERE kind = 'reconcileService'")).length;
const clearBells = () => api.db.query("DELETE FROM bells WHERE kind = 'reconcileService'");

describe("tasks of a service", () => {
  test("are counted by deployment, listed by service, and told whose they are", async () => {
    const { ecs, agent, service, describeOne, list, launch } = await aService();
    const first = idOf(service.deployments);
    await launch(first, 2);
    const [task = ""] = await list();
    await agent.ecs.send(new SubmitTaskStateChangeCommand({ task, status: "RUNNING" }));
    const { service: updated } = await ecs.send(
      new UpdateServiceCommand({ service: "web", forceNewDeployment: true }),
    );
    await launch(idOf(updated?.deployments), 1);

    const now = await describeOne();
    expect(now).toMatchObject({ runningCount: 1, pendingCount: 2, desiredCount: 2 });
    expect(now.deployments).toMatchObject([
      { status: "PRIMARY", runningCount: 0, pendingCount: 1 },
      { id: first, status: "ACTIVE", runningCount: 1, pendingCount: 1 },
    ]);
    expect(now.events?.map(({ message }) => message)).toEqual([
      expect.stringContaining("(service web) has started 1 tasks: (task "),
      expect.stringContaining("(service web) has started 2 tasks: (task "),
    ]);
    await ecs.send(new RunTaskCommand({ taskDefinition: "web" }));
    expect(await list({ serviceName: SERVICE })).toHaveLength(3);
    expect(await list({ family: "web" })).toHaveLength(4);
    expect(await list({ startedBy: first })).toHaveLength(2);
    expect((await refusal(list({ serviceName: "none" }))).code).toBe("ServiceNotFoundException");
    const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task], include: ["TAGS"] }));
    expect(tasks).toMatchObject([
      { group: "service:web", startedBy: first, tags: [{ key: "aws:ecs:serviceName", value: "web" }] },
    ]);
  });

  test("stop when they are stopped, and the deployer hears of it", async () => {
    const { ecs, service, list, launch } = await aService();
    await launch(idOf(service.deployments), 1);
    await clearBells();
    const [task = ""] = await list();
    await ecs.send(new StopTaskCommand({ task }));
    expect(await list({ serviceName: "web", desiredStatus: "STOPPED" })).toEqual([task]);
    expect(await bells()).toBe(1);
  });

  test("are told from the others of their cluster, which may have its name as a tag too", async () => {
    const { ecs } = await aService();
    const enableECSManagedTags = true;
    const { tasks } = await ecs.send(new RunTaskCommand({ taskDefinition: "web", enableECSManagedTags }));
    expect(tasks).toMatchObject([
      { group: "family:web", tags: [{ key: "aws:ecs:clusterName", value: "default" }] },
    ]);
  });

  test("cannot be run by anybody else under the service's group", async () => {
    const { ecs } = await aService();
    const answer = ecs.send(new RunTaskCommand({ taskDefinition: "web", group: "service:web" }));
    expect((await refusal(answer)).code).toBe("InvalidParameterException");
  });
});

describe("UpdateContainerInstancesState", () => {
  test("drains and reactivates machines, and wakes the services with tasks there", async () => {
    const { ecs, service, instance, launch } = await aService();
    await launch(idOf(service.deployments), 1);
    await clearBells();
    const set = (status: string, ...containerInstances: string[]) =>
      ecs.send(new UpdateContainerInstancesStateCommand({ containerInstances, status: status as "ACTIVE" }));
    const unknown = "f".repeat(32);
    const drained = await set("DRAINING", instance, unknown);
    expect(drained.containerInstances).toMatchObject([{ status: "DRAINING", pendingTasksCount: 1 }]);
    expect(drained.failures).toEqual([
      { arn: `${ARN}:container-instance/default/${unknown}`, reason: "MISSING" },
    ]);
    expect(await bells()).toBe(1);
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: [instance] }),
    );
    expect(described.containerInstances).toMatchObject([{ status: "DRAINING" }]);
    const draining = new ListContainerInstancesCommand({ status: "DRAINING" });
    expect((await ecs.send(draining)).containerInstanceArns).toEqual([instance]);
    const active = new ListContainerInstancesCommand({ status: "ACTIVE" });
    expect((await ecs.send(active)).containerInstanceArns).toEqual([]);
    await clearBells();
    expect((await set("DRAINING", instance)).containerInstances).toHaveLength(1);
    expect(await bells()).toBe(0);
    expect((await set("ACTIVE", instance)).containerInstances).toMatchObject([{ status: "ACTIVE" }]);
    expect(await bells()).toBe(1);
    expect((await refusal(set("INACTIVE", instance))).code).toBe("InvalidParameterException");
    expect((await refusal(set("ACTIVE"))).message).toBe("Container Instances cannot be empty.");
    const many = Array.from({ length: 11 }, (_, n) => String(n));
    expect((await refusal(set("ACTIVE", ...many))).code).toBe("InvalidParameterException");
  });
});

describe("service deployments and revisions", () => {
  test("are listed newest first and described by ARN", async () => {
    const { ecs, service } = await aService();
    const first = service.currentServiceDeployment ?? "";
    const { service: updated } = await ecs.send(
      new UpdateServiceCommand({ service: "web", forceNewDeployment: true }),
    );
    const second = updated?.currentServiceDeployment ?? "";
    const page = async (nextToken?: string) =>
      ecs.send(new ListServiceDeploymentsCommand({ service: "web", maxResults: 1, nextToken }));
    const one = await page();
    const two = await page(one.nextToken);
    const listed = [...(one.serviceDeployments ?? []), ...(two.serviceDeployments ?? [])];
    expect(listed.map((d) => [d.serviceDeploymentArn, d.status])).toEqual([
      [second, "PENDING"],
      [first, "STOPPED"],
    ]);
    expect(two.nextToken).toBeUndefined();
    const stopped = new ListServiceDeploymentsCommand({ service: "web", status: ["STOPPED"] });
    expect((await ecs.send(stopped)).serviceDeployments).toHaveLength(1);

    const missing = `${ARN}:service-deployment/default/web/none`;
    const described = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [first, second, missing] }),
    );
    expect(described.failures).toEqual([{ arn: missing, reason: "MISSING" }]);
    const sources = described.serviceDeployments?.[1]?.sourceServiceRevisions?.map(({ arn }) => arn);
    expect(sources).toEqual([described.serviceDeployments?.[0]?.targetServiceRevision?.arn]);
    expect(described.serviceDeployments?.[0]?.statusReason).toContain(idOf(updated?.deployments));

    const arn = described.serviceDeployments?.[1]?.targetServiceRevision?.arn ?? "";
    const elsewhere = arn.replace("/web/", "/other/");
    const revisions = await ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn, elsewhere] }),
    );
    expect(revisions.serviceRevisions).toMatchObject([
      { serviceRevisionArn: arn, serviceArn: SERVICE, taskDefinition: `${ARN}:task-definition/web:1` },
    ]);
    expect(revisions.failures).toEqual([{ arn: elsewhere, reason: "MISSING" }]);
  });
});

describe("tags", () => {
  test("are put on, read from and taken off whatever has an ARN", async () => {
    const { ecs, instance } = await aService();
    const resources = [SERVICE, `${ARN}:cluster/default`, `${ARN}:task-definition/web:1`, instance];
    for (const resourceArn of resources) {
      const tag = (key: string, value: string) =>
        ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key, value }] }));
      const tags = async () => (await ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
      await tag("a", "1");
      await tag("b", "2");
      await tag("a", "3");
      expect(await tags()).toEqual([
        { key: "b", value: "2" },
        { key: "a", value: "3" },
      ]);
      await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["b", "none"] }));
      expect(await tags()).toEqual([{ key: "a", value: "3" }]);
    }
    const { services } = await ecs.send(
      new DescribeServicesCommand({ services: ["web"], include: ["TAGS"] }),
    );
    expect(services?.[0]?.tags).toEqual([{ key: "a", value: "3" }]);
  });

  test("are limited by resource, and what is not there has none", async () => {
    const { ecs } = await aService();
    const fill = (from: number) =>
      ecs.send(
        new TagResourceCommand({
          resourceArn: SERVICE,
          tags: Array.from({ length: 26 }, (_, n) => ({ key: `k${from + n}`, value: "" })),
        }),
      );
    await fill(0);
    expect((await refusal(fill(26))).code).toBe("InvalidParameterException");
    const list = (resourceArn: string) => ecs.send(new ListTagsForResourceCommand({ resourceArn }));
    expect((await list(SERVICE)).tags).toHaveLength(26);
    expect((await refusal(list(`${ARN}:cluster/none`))).code).toBe("ClusterNotFoundException");
    expect((await refusal(list(`${SERVICE}2`))).code).toBe("ResourceNotFoundException");
    expect((await refusal(list("web"))).code).toBe("InvalidParameterException");
    const short = { resourceArn: `${ARN}:service/web`, tags: [{ key: "a", value: "" }] };
    expect((await refusal(ecs.send(new TagResourceCommand(short)))).message).toContain("new ARN");
  });
});
