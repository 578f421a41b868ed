import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  DiscoverPollEndpointCommand,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  paginateListClusters,
  paginateListContainerInstances,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  paginateListTasks,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  SubmitContainerStateChangeCommand,
  SubmitTaskStateChangeCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask } from "./support/engine.ts";
import { IMAGE } from "./support/image.ts";
import { container, register, runTask, runTasks, UNTIL_STOPPED } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
afterAll(() => account.close());
const { accountId, ecs, iam, sts } = account;

const arn = (resource: string) => `arn:aws:ecs:us-east-1:${accountId}:${resource}`;
const WAIT = { client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 60 };

/** Everything a paginator yields, and how many pages it took. */
async function pagesOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
) {
  const all: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    count++;
    all.push(...(items(page) ?? []));
  }
  return { all, count };
}

describe("clusters", () => {
  test("are created, described, listed and deleted", async () => {
    const created = await ecs.send(
      new CreateClusterCommand({
        clusterName: "life",
        settings: [{ name: "containerInsights", value: "enabled" }],
        tags: [{ key: "team", value: "harbour" }],
      }),
    );
    expect(created.cluster).toMatchObject({
      clusterArn: arn("cluster/life"),
      clusterName: "life",
      status: "ACTIVE",
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
    });
    const again = await ecs.send(new CreateClusterCommand({ clusterName: "life" }));
    expect(again.cluster?.clusterArn).toBe(created.cluster?.clusterArn);

    const bare = await ecs.send(new DescribeClustersCommand({ clusters: ["life", "absent"] }));
    expect(bare.clusters?.[0]).toMatchObject({ settings: [], tags: [], statistics: [] });
    expect(bare.failures).toEqual([{ arn: arn("cluster/absent"), reason: "MISSING" }]);
    const full = await ecs.send(
      new DescribeClustersCommand({
        clusters: [arn("cluster/life")],
        include: ["SETTINGS", "TAGS", "STATISTICS"],
      }),
    );
    expect(full.clusters?.[0]).toMatchObject({
      settings: [{ name: "containerInsights", value: "enabled" }],
      tags: [{ key: "team", value: "harbour" }],
    });
    expect(full.clusters?.[0]?.statistics?.length).toBeGreaterThan(0);
    expect((await ecs.send(new DescribeClustersCommand({}))).clusters?.[0]?.clusterName).toBe("default");

    const deleted = await ecs.send(new DeleteClusterCommand({ cluster: "life" }));
    expect(deleted.cluster?.status).toBe("INACTIVE");
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).not.toContain(arn("cluster/life"));
    const after = await ecs.send(new DescribeClustersCommand({ clusters: ["life"] }));
    expect(after.clusters?.[0]?.status).toBe("INACTIVE");
    await expect(ecs.send(new ListTasksCommand({ cluster: "life" }))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
      message: "The referenced cluster was inactive.",
    });
  });

  test("are listed in pages, whose tokens are good for that list alone", async () => {
    const names = ["page-a", "page-b", "page-c", "page-d"];
    for (const clusterName of names) await ecs.send(new CreateClusterCommand({ clusterName }));
    const { all, count } = await pagesOf(
      paginateListClusters({ client: ecs, pageSize: 2 }, {}),
      (p) => p.clusterArns,
    );
    expect(count).toBeGreaterThanOrEqual(3);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(names.map((name) => arn(`cluster/${name}`))));

    const { nextToken = "" } = await ecs.send(new ListClustersCommand({ maxResults: 1 }));
    const middle = Math.floor(nextToken.length / 2);
    const changed =
      nextToken.slice(0, middle) + (nextToken[middle] === "A" ? "B" : "A") + nextToken.slice(middle + 1);
    const invalid = { name: "InvalidParameterException", message: expect.stringMatching(/token/i) };
    await expect(ecs.send(new ListClustersCommand({ nextToken: changed }))).rejects.toMatchObject(invalid);
    await expect(ecs.send(new ListTaskDefinitionsCommand({ nextToken }))).rejects.toMatchObject(invalid);
    await expect(ecs.send(new ListTasksCommand({ nextToken }))).rejects.toMatchObject(invalid);
  });

  test("with an instance or a task are not deleted", async () => {
    await expect(ecs.send(new DeleteClusterCommand({ cluster: "default" }))).rejects.toMatchObject({
      name: "ClusterContainsContainerInstancesException",
      message: "The Cluster cannot be deleted while Container Instances are active or draining.",
    });
  });
});

describe("task definitions", () => {
  test("are registered in revisions, described, listed and deregistered", async () => {
    const input = {
      family: "web",
      networkMode: "bridge" as const,
      containerDefinitions: [container("exit 0", { portMappings: [{ containerPort: 80 }] })],
      tags: [{ key: "a", value: "b" }],
    };
    const first = await ecs.send(new RegisterTaskDefinitionCommand(input));
    expect(first.taskDefinition).toMatchObject({
      taskDefinitionArn: arn("task-definition/web:1"),
      family: "web",
      revision: 1,
      status: "ACTIVE",
      networkMode: "bridge",
      compatibilities: expect.arrayContaining(["EC2"]),
      registeredBy: expect.stringContaining(accountId),
      registeredAt: expect.any(Date),
      containerDefinitions: [
        {
          name: "main",
          image: IMAGE,
          cpu: 16,
          memory: 16,
          essential: true,
          portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
        },
      ],
    });
    expect(first.tags).toEqual([{ key: "a", value: "b" }]);
    const second = await ecs.send(new RegisterTaskDefinitionCommand(input));
    expect(second.taskDefinition?.revision).toBe(2);

    const described = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }));
    expect(described.taskDefinition?.revision).toBe(2);
    expect(described.tags ?? []).toEqual([]);
    const tagged = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "web:1", include: ["TAGS"] }),
    );
    expect(tagged).toMatchObject({ taskDefinition: { revision: 1 }, tags: [{ key: "a", value: "b" }] });

    const gone = await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:2" }));
    expect(gone.taskDefinition).toMatchObject({ status: "INACTIVE", deregisteredAt: expect.any(Date) });
    const latest = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }));
    expect(latest.taskDefinition?.revision).toBe(1);
    expect(await listed({ familyPrefix: "web" })).toEqual([arn("task-definition/web:1")]);
    expect(await listed({ familyPrefix: "web", status: "INACTIVE" })).toEqual([arn("task-definition/web:2")]);
    await expect(ecs.send(new RunTaskCommand({ taskDefinition: "web:2" }))).rejects.toMatchObject({
      message: expect.stringMatching(/inactive/i),
    });
  });

  const listed = async (filter: { readonly familyPrefix: string; readonly status?: "INACTIVE" }) =>
    (await ecs.send(new ListTaskDefinitionsCommand(filter))).taskDefinitionArns;

  test("are listed in pages, ordered by family and then by number", async () => {
    for (const family of ["many", "many-b"]) {
      for (let n = 0; n < (family === "many" ? 11 : 1); n++)
        await register(ecs, family, [container("exit 0")]);
    }
    const exact = await pagesOf(
      paginateListTaskDefinitions({ client: ecs, pageSize: 4 }, { familyPrefix: "many" }),
      (p) => p.taskDefinitionArns,
    );
    expect(exact.all).toEqual(Array.from({ length: 11 }, (_, n) => arn(`task-definition/many:${n + 1}`)));
    expect(exact.count).toBe(3);
    const descending = await ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: "many", sort: "DESC", maxResults: 1 }),
    );
    expect(descending.taskDefinitionArns).toEqual([arn("task-definition/many:11")]);
    const families = await pagesOf(
      paginateListTaskDefinitionFamilies({ client: ecs, pageSize: 1 }, { familyPrefix: "many" }),
      (p) => p.families,
    );
    expect(families.all).toEqual(["many", "many-b"]);
    const none = await ecs.send(
      new ListTaskDefinitionFamiliesCommand({ familyPrefix: "many", status: "INACTIVE" }),
    );
    expect(none.families).toEqual([]);
  });
});

describe("container instances", () => {
  const resources = [
    { name: "CPU", type: "INTEGER", integerValue: 512 },
    { name: "MEMORY", type: "INTEGER", integerValue: 256 },
    { name: "PORTS", type: "STRINGSET", stringSetValue: ["22"] },
    { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] },
  ];

  test("are registered, described, listed in pages and deregistered", async () => {
    const cluster = "machines";
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const arns: string[] = [];
    for (const name of ["a", "b", "c"]) {
      const { containerInstance } = await ecs.send(
        new RegisterContainerInstanceCommand({
          cluster,
          totalResources: resources,
          attributes: [{ name: "rack", value: name }],
          tags: [{ key: "rack", value: name }],
        }),
      );
      expect(containerInstance).toMatchObject({
        status: "ACTIVE",
        agentConnected: false,
        runningTasksCount: 0,
        attributes: expect.arrayContaining([{ name: "rack", value: name }]),
        remainingResources: expect.arrayContaining([
          expect.objectContaining({ name: "CPU", integerValue: 512 }),
        ]),
      });
      arns.push(containerInstance?.containerInstanceArn ?? "");
    }
    const { all, count } = await pagesOf(
      paginateListContainerInstances({ client: ecs, pageSize: 1 }, { cluster }),
      (p) => p.containerInstanceArns,
    );
    expect(all.toSorted()).toEqual(arns.toSorted());
    expect(count).toBe(3);
    const filtered = await ecs.send(
      new ListContainerInstancesCommand({ cluster, filter: "attribute:rack == b" }),
    );
    expect(filtered.containerInstanceArns).toEqual([arns[1]]);
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({
        cluster,
        containerInstances: [arns[0] ?? "", "f".repeat(32)],
        include: ["TAGS"],
      }),
    );
    expect(described.containerInstances).toMatchObject([
      { containerInstanceArn: arns[0], tags: [{ key: "rack", value: "a" }] },
    ]);
    expect(described.failures).toEqual([
      { arn: arn(`container-instance/machines/${"f".repeat(32)}`), reason: "MISSING" },
    ]);
    for (const containerInstance of arns) {
      const gone = await ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance }));
      expect(gone.containerInstance?.status).toBe("INACTIVE");
    }
    expect((await ecs.send(new DeleteClusterCommand({ cluster }))).cluster?.status).toBe("INACTIVE");
  });

  test("find where to poll", async () => {
    const [own = ""] = (await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns ?? [];
    const answer = await ecs.send(
      new DiscoverPollEndpointCommand({ cluster: "default", containerInstance: own }),
    );
    expect(answer).toMatchObject({
      endpoint: expect.stringMatching(/^http/),
      telemetryEndpoint: expect.stringMatching(/^http/),
    });
  });
});

describe("tasks", () => {
  test("are run, waited for, listed, described and stopped", async () => {
    const taskDefinition = await register(ecs, "life", [container(UNTIL_STOPPED)]);
    const { tasks = [], failures } = await ecs.send(
      new RunTaskCommand({
        taskDefinition,
        count: 2,
        startedBy: "e2e",
        group: "crew",
        tags: [{ key: "a", value: "b" }],
      }),
    );
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      taskArn: expect.stringMatching(new RegExp(`^${arn("task/default/")}[0-9a-f]{32}$`)),
      clusterArn: arn("cluster/default"),
      taskDefinitionArn: taskDefinition,
      containerInstanceArn: expect.stringContaining(arn("container-instance/default/")),
      desiredStatus: "RUNNING",
      lastStatus: "PENDING",
      launchType: "EC2",
      startedBy: "e2e",
      group: "crew",
      tags: [{ key: "a", value: "b" }],
      overrides: { containerOverrides: [{ name: "main" }], inferenceAcceleratorOverrides: [] },
      containers: [{ name: "main", lastStatus: "PENDING", cpu: "16", memory: "16" }],
      createdAt: expect.any(Date),
      version: expect.any(Number),
    });
    const arns = tasks.map(({ taskArn }) => taskArn ?? "");
    const waited = await waitUntilTasksRunning(WAIT, { tasks: arns });
    expect(waited.state).toBe("SUCCESS");

    const listed = await pagesOf(
      paginateListTasks({ client: ecs, pageSize: 1 }, { family: "life" }),
      (p) => p.taskArns,
    );
    expect(listed.all.toSorted()).toEqual(arns.toSorted());
    expect(listed.count).toBe(2);
    expect((await ecs.send(new ListTasksCommand({ startedBy: "e2e" }))).taskArns?.toSorted()).toEqual(
      arns.toSorted(),
    );
    expect((await ecs.send(new ListTasksCommand({ desiredStatus: "PENDING" }))).taskArns).toEqual([]);
    await expect(ecs.send(new ListTasksCommand({ startedBy: "e2e", family: "life" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });

    const absent = "0".repeat(32);
    const described = await ecs.send(
      new DescribeTasksCommand({ tasks: [arns[0] ?? "", absent], include: ["TAGS"] }),
    );
    expect(described.tasks).toMatchObject([
      { taskArn: arns[0], lastStatus: "RUNNING", tags: [{ key: "a", value: "b" }] },
    ]);
    expect(described.failures).toEqual([{ arn: arn(`task/default/${absent}`), reason: "MISSING" }]);
    const id = arns[0]?.split("/").at(-1) ?? "";
    const short = await ecs.send(new DescribeTasksCommand({ tasks: [id] }));
    expect(short.tasks?.[0]).toMatchObject({ taskArn: arns[0], tags: [] });

    for (const task of arns) {
      const stopped = await ecs.send(new StopTaskCommand({ task, reason: "done" }));
      expect(stopped.task?.desiredStatus).toBe("STOPPED");
    }
    expect((await ecs.send(new ListTasksCommand({ family: "life" }))).taskArns).toEqual([]);
    expect((await waitUntilTasksStopped(WAIT, { tasks: arns })).state).toBe("SUCCESS");
    const ended = await ecs.send(new ListTasksCommand({ family: "life", desiredStatus: "STOPPED" }));
    expect(ended.taskArns?.toSorted()).toEqual(arns.toSorted());
    const versions = (await ecs.send(new DescribeTasksCommand({ tasks: arns }))).tasks?.map(
      ({ version }) => version ?? 0,
    );
    expect(Math.min(...(versions ?? []))).toBeGreaterThan(tasks[0]?.version ?? 0);
  });

  test("are started on the instance that is named", async () => {
    const taskDefinition = await register(ecs, "placed", [container(UNTIL_STOPPED)]);
    const [instance = ""] =
      (await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns ?? [];
    const absent = "e".repeat(32);
    const { tasks, failures } = await ecs.send(
      new StartTaskCommand({ taskDefinition, containerInstances: [instance, absent] }),
    );
    expect(tasks).toMatchObject([{ containerInstanceArn: instance, launchType: "EC2" }]);
    expect(failures).toMatchObject([{ arn: arn(`container-instance/default/${absent}`), reason: "MISSING" }]);
    const listed = await ecs.send(new ListTasksCommand({ containerInstance: instance, family: "placed" }));
    expect(listed.taskArns).toEqual([tasks?.[0]?.taskArn]);
  });

  test("that one clientToken names are the same tasks, and other parameters are a conflict", async () => {
    const taskDefinition = await register(ecs, "token", [container(UNTIL_STOPPED)]);
    const request = { taskDefinition, count: 2, clientToken: "one-token" };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => runTasks(ecs, taskDefinition, request)),
    );
    const sets = answers.map((tasks) => tasks.map(({ taskArn }) => taskArn ?? "").toSorted());
    expect(sets[0]).toHaveLength(2);
    for (const set of sets) expect(set).toEqual(sets[0]);
    await expect(ecs.send(new RunTaskCommand({ ...request, count: 1 }))).rejects.toMatchObject({
      name: "ConflictException",
      resourceIds: expect.arrayContaining(sets[0] ?? []),
    });
    expect((await ecs.send(new ListTasksCommand({ family: "token" }))).taskArns?.toSorted()).toEqual(sets[0]);
    await waitUntilTasksRunning(WAIT, { tasks: sets[0] ?? [] });
    for (const taskArn of sets[0] ?? []) expect(await containersOfTask(taskArn)).toHaveLength(1);
  });

  test("end a waiter for RUNNING with a failure when they stop", async () => {
    const task = await runTask(ecs, await register(ecs, "brief", [container("exit 1")]));
    await waitUntilTasksStopped(WAIT, { tasks: [task] });
    await expect(waitUntilTasksRunning(WAIT, { tasks: [task] })).rejects.toThrow();
    await expect(waitUntilTasksRunning(WAIT, { tasks: ["0".repeat(32)] })).rejects.toThrow();
  });

  test("take reports of their agent, acknowledge them, and never go backwards for one", async () => {
    const task = await runTask(ecs, await register(ecs, "reports", [container("exit 0")]));
    await waitUntilTasksStopped(WAIT, { tasks: [task] });
    const late = await ecs.send(
      new SubmitTaskStateChangeCommand({ cluster: "default", task, status: "RUNNING" }),
    );
    expect(late.acknowledgment).toEqual(expect.any(String));
    const part = { cluster: "default", task, containerName: "main", status: "RUNNING" };
    expect((await ecs.send(new SubmitContainerStateChangeCommand(part))).acknowledgment).toEqual(
      expect.any(String),
    );
    const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task] }));
    expect(tasks).toMatchObject([
      { lastStatus: "STOPPED", containers: [{ lastStatus: "STOPPED", exitCode: 0 }] },
    ]);
  });
});

describe("identities", () => {
  test("say who they are", async () => {
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      Arn: expect.stringContaining(`arn:aws:iam::${accountId}:`),
      UserId: expect.any(String),
    });
  });

  test("are made, given keys and policies, listed in pages, and taken away", async () => {
    const UserName = "mate";
    const { User } = await iam.send(new CreateUserCommand({ UserName, Path: "/crew/" }));
    expect(User).toMatchObject({
      Arn: `arn:aws:iam::${accountId}:user/crew/mate`,
      Path: "/crew/",
      CreateDate: expect.any(Date),
    });
    await expect(iam.send(new CreateUserCommand({ UserName }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
    });
    expect((await iam.send(new GetUserCommand({ UserName }))).User).toMatchObject({ UserId: User?.UserId });

    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const key = { UserName, AccessKeyId: AccessKey?.AccessKeyId ?? "" };
    expect(AccessKey).toMatchObject({ Status: "Active", SecretAccessKey: expect.any(String) });
    await iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    expect((await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata).toMatchObject([
      { ...key, Status: "Inactive" },
    ]);

    const policy = { UserName, PolicyName: "reads" };
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecs:List*", Resource: "*" }],
    });
    await iam.send(new PutUserPolicyCommand({ ...policy, PolicyDocument: document }));
    const read = await iam.send(new GetUserPolicyCommand(policy));
    // IAM answers policy documents percent-encoded (RFC 3986).
    expect(JSON.parse(decodeURIComponent(read.PolicyDocument ?? ""))).toEqual(JSON.parse(document));

    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    await iam.send(new DeleteUserPolicyCommand(policy));
    await iam.send(new DeleteAccessKeyCommand(key));
    for (const name of ["a", "b"]) await iam.send(new CreateUserCommand({ UserName: name }));
    const { all, count } = await pagesOf(paginateListUsers({ client: iam, pageSize: 1 }, {}), (p) => p.Users);
    expect(all.map((user) => user.UserName)).toEqual(expect.arrayContaining(["a", "b", UserName]));
    expect(count).toBe(all.length);
    for (const name of ["a", "b", UserName]) await iam.send(new DeleteUserCommand({ UserName: name }));
    await expect(iam.send(new GetUserCommand({ UserName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await expect(iam.send(new GetUserPolicyCommand(policy))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await expect(
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: "{}" })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: expect.toSatisfy((code: number) => code < 500) },
    });
  });
});
