import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
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
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { IMAGE } from "./support/image.ts";
import { pagesOf } from "./support/pages.ts";
import { container, register } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
afterAll(() => account.close());
const { accountId, ecs } = account;

const arn = (resource: string) => `arn:aws:ecs:us-east-1:${accountId}:${resource}`;

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
