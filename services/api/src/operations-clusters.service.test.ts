/** Clusters, task definitions and container instances through signed requests, on real PostgreSQL. */
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTaskSetsCommand,
  DiscoverPollEndpointCommand,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  type ListTaskDefinitionsCommandInput,
  paginateListClusters,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  UpdateClusterCommand,
  UpdateClusterSettingsCommand,
} from "@aws-sdk/client-ecs";
import { findAgent, revokeAgent } from "@roadstead/db/agents";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const PREFIX = `arn:aws:ecs:${REGION}:${ACCOUNT}`;
const container = { name: "app", image: "busybox", memory: 64 };
const totalResources = [
  { name: "CPU", type: "INTEGER", integerValue: 1024 },
  { name: "MEMORY", type: "INTEGER", integerValue: 2048 },
  { name: "PORTS", type: "STRINGSET", stringSetValue: ["22"] },
];

describe("clusters", () => {
  test("are created, described, listed and deleted, and made anew under the same name", async () => {
    const { ecs } = api.clients();
    const tags = [{ key: "team", value: "a" }];
    const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: "c", tags }));
    expect(cluster).toMatchObject({ clusterArn: `${PREFIX}:cluster/c`, status: "ACTIVE", tags });
    await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    const described = await ecs.send(
      new DescribeClustersCommand({ clusters: ["c", "nope"], include: ["TAGS"] }),
    );
    expect(described.clusters).toMatchObject([{ clusterName: "c", tags, runningTasksCount: 0 }]);
    expect(described.failures).toEqual([{ arn: `${PREFIX}:cluster/nope`, reason: "MISSING" }]);
    const gone = await ecs.send(new DeleteClusterCommand({ cluster: "c" }));
    expect(gone.cluster?.status).toBe("INACTIVE");
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    const after = await ecs.send(new DescribeClustersCommand({ clusters: ["c"] }));
    expect(after.clusters?.[0]?.status).toBe("INACTIVE");
    expect((await ecs.send(new CreateClusterCommand({ clusterName: "c" }))).cluster?.status).toBe("ACTIVE");
  });

  test("are set to what is said, and keep what is left out", async () => {
    const { ecs } = api.clients();
    await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    const insights = (value: string) => [{ name: "containerInsights" as const, value }];
    const configuration = { executeCommandConfiguration: { logging: "DEFAULT" as const } };
    await ecs.send(new UpdateClusterCommand({ cluster: "c", settings: insights("enabled") }));
    const { cluster } = await ecs.send(new UpdateClusterCommand({ cluster: "c", configuration }));
    expect(cluster).toMatchObject({ settings: insights("enabled"), configuration });
    await ecs.send(new UpdateClusterSettingsCommand({ cluster: "c", settings: insights("enhanced") }));
    const include = ["SETTINGS" as const, "CONFIGURATIONS" as const];
    const described = await ecs.send(new DescribeClustersCommand({ clusters: ["c"], include }));
    expect(described.clusters).toMatchObject([{ settings: insights("enhanced"), configuration }]);
    const settings = insights("perhaps");
    const refused = refusal(ecs.send(new UpdateClusterSettingsCommand({ cluster: "c", settings })));
    expect((await refused).code).toBe("InvalidParameterException");
    const missing = refusal(ecs.send(new UpdateClusterCommand({ cluster: "none", configuration })));
    expect((await missing).code).toBe("ClusterNotFoundException");
  });

  test("of another region are not seen, though their names are the same", async () => {
    await api.clients().ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    const elsewhere = api.clients(api.administrator(), "eu-test-1").ecs;
    expect((await elsewhere.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
  });

  test("come in pages, each once, and a token is good for its own list only", async () => {
    const { ecs } = api.clients();
    const names = ["a", "b", "c", "d", "e"];
    for (const clusterName of names) await ecs.send(new CreateClusterCommand({ clusterName }));
    const seen: string[] = [];
    for await (const page of paginateListClusters({ client: ecs, pageSize: 2 }, {})) {
      seen.push(...(page.clusterArns ?? []));
    }
    expect(seen).toEqual(names.map((name) => `${PREFIX}:cluster/${name}`));
    const { nextToken } = await ecs.send(new ListClustersCommand({ maxResults: 1 }));
    const elsewhere = ecs.send(new ListTaskDefinitionsCommand({ nextToken }));
    expect(await refusal(elsewhere)).toEqual({
      code: "InvalidParameterException",
      message: "Invalid token.",
      status: 400,
    });
    expect(await refusal(ecs.send(new ListClustersCommand({ maxResults: 101 })))).toMatchObject({
      code: "InvalidParameterException",
    });
  });

  test("are refused in AWS's words", async () => {
    const { ecs } = api.clients();
    const notFound = { code: "ClusterNotFoundException", message: "Cluster not found.", status: 400 };
    expect(await refusal(ecs.send(new DeleteClusterCommand({ cluster: "nope" })))).toEqual(notFound);
    const foreign = "arn:aws:ecs:us-east-1:999999999999:cluster/c";
    expect(await refusal(ecs.send(new DeleteClusterCommand({ cluster: foreign })))).toEqual(notFound);
    expect((await refusal(ecs.send(new CreateClusterCommand({ clusterName: "a b" })))).code).toBe(
      "InvalidParameterException",
    );
    const unbuilt = ecs.send(new DescribeTaskSetsCommand({ cluster: "default", service: "web" }));
    expect(await refusal(unbuilt)).toMatchObject({ code: "UnsupportedOperationException", status: 400 });
  });
});

describe("task definitions", () => {
  test("are registered in revisions, found by any reference, listed and deregistered", async () => {
    const { ecs } = api.clients();
    const register = (family: string) =>
      ecs.send(
        new RegisterTaskDefinitionCommand({
          family,
          containerDefinitions: [container],
          tags: [{ key: "k", value: "v" }],
        }),
      );
    await register("web");
    const second = await register("web");
    await register("api");
    const arn = `${PREFIX}:task-definition/web:2`;
    expect(second.taskDefinition).toMatchObject({ taskDefinitionArn: arn, revision: 2, status: "ACTIVE" });
    for (const taskDefinition of ["web", "web:2", arn]) {
      const found = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ["TAGS"] }));
      expect([found.taskDefinition?.taskDefinitionArn, found.tags]).toEqual([
        arn,
        [{ key: "k", value: "v" }],
      ]);
    }
    const inactive = await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:2" }));
    expect(inactive.taskDefinition?.status).toBe("INACTIVE");
    const list = async (input: ListTaskDefinitionsCommandInput) =>
      (await ecs.send(new ListTaskDefinitionsCommand(input))).taskDefinitionArns?.map(
        (text) => text.split("/")[1],
      );
    expect(await list({})).toEqual(["api:1", "web:1"]);
    expect(await list({ status: "INACTIVE" })).toEqual(["web:2"]);
    expect(await list({ familyPrefix: "we" })).toEqual([]);
    expect((await ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix: "we" }))).families).toEqual([
      "web",
    ]);
  });

  test("are refused in AWS's words", async () => {
    const { ecs } = api.clients();
    const missing = ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "nope" }));
    expect(await refusal(missing)).toEqual({
      code: "ClientException",
      message: "Unable to describe task definition.",
      status: 400,
    });
    const bare = ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web" }));
    expect((await refusal(bare)).message).toBe("Revision is missing.");
    const empty = ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions: [] }));
    expect((await refusal(empty)).code).toBe("ClientException");
    expect(await api.db.query("SELECT 1 FROM task_definitions")).toEqual([]);
  });

  test("hold no text that no row could hold", async () => {
    const { ecs } = api.clients();
    const environment = [{ name: "half", value: "\ud800" }];
    const containerDefinitions = [{ ...container, environment }];
    const halved = ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
    expect(await refusal(halved)).toMatchObject({ code: "SerializationException", status: 400 });
  });
});

describe("container instances", () => {
  test("register with what they have, again under the same ARN, and leave", async () => {
    const { ecs } = api.clients();
    await ecs.send(new CreateClusterCommand({}));
    const agent = await api.agent();
    const register = () =>
      agent.ecs.send(
        new RegisterContainerInstanceCommand({ totalResources, versionInfo: { agentVersion: "1.0" } }),
      );
    const { containerInstance } = await register();
    const arn = containerInstance?.containerInstanceArn ?? "";
    expect(arn).toMatch(new RegExp(`^${PREFIX}:container-instance/default/[0-9a-f]{32}$`));
    const taken = containerInstance?.remainingResources?.find(({ name }) => name === "PORTS");
    expect(taken?.stringSetValue).toEqual(["22"]);
    expect((await register()).containerInstance).toMatchObject({
      containerInstanceArn: arn,
      status: "ACTIVE",
    });

    const listed = await ecs.send(new ListContainerInstancesCommand({ filter: "agentVersion == 1.0" }));
    expect(listed.containerInstanceArns).toEqual([arn]);
    const none = await ecs.send(new ListContainerInstancesCommand({ filter: "agentConnected == true" }));
    expect(none.containerInstanceArns).toEqual([]);
    const unknown = "0".repeat(32);
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: [arn, unknown] }),
    );
    expect(described.containerInstances).toMatchObject([
      { containerInstanceArn: arn, agentConnected: false },
    ]);
    expect(described.failures).toMatchObject([{ reason: "MISSING" }]);

    expect((await refusal(ecs.send(new DeleteClusterCommand({ cluster: "default" })))).code).toBe(
      "ClusterContainsContainerInstancesException",
    );
    const left = await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: arn }));
    expect(left.containerInstance?.status).toBe("INACTIVE");
    const again = ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: arn }));
    expect((await refusal(again)).code).toBe("InvalidParameterException");
    expect((await register()).containerInstance?.containerInstanceArn).not.toBe(arn);
    await register();
  });

  test("of one agent are one, though its first registrations race", async () => {
    await api.clients().ecs.send(new CreateClusterCommand({}));
    const agent = await api.agent();
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => agent.ecs.send(new RegisterContainerInstanceCommand({ totalResources }))),
    );
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await api.db.query("SELECT 1 FROM container_instances")).toHaveLength(1);
    const later = await agent.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
    expect(later.containerInstance?.status).toBe("ACTIVE");
  });

  test("obey their own agent, in its own cluster, and nobody without resources joins", async () => {
    const { ecs } = api.clients();
    for (const clusterName of ["default", "other"]) await ecs.send(new CreateClusterCommand({ clusterName }));
    const [first, second] = [await api.agent(), await api.agent()];
    const mine = await first.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
    const containerInstanceArn = mine.containerInstance?.containerInstanceArn;
    const theft = second.ecs.send(
      new RegisterContainerInstanceCommand({ totalResources, containerInstanceArn }),
    );
    expect((await refusal(theft)).code).toBe("InvalidParameterException");
    const elsewhere = second.ecs.send(
      new RegisterContainerInstanceCommand({ totalResources, cluster: "other" }),
    );
    expect((await refusal(elsewhere)).code).toBe("AccessDeniedException");
    const empty = second.ecs.send(new RegisterContainerInstanceCommand({ totalResources: [] }));
    expect((await refusal(empty)).code).toBe("InvalidParameterException");
    const spy = second.ecs.send(new ListContainerInstancesCommand({}));
    expect((await refusal(spy)).code).toBe("AccessDeniedException");
    const instanceIdentityDocument = JSON.stringify({ instanceId: "i\0" });
    await second.ecs.send(new RegisterContainerInstanceCommand({ totalResources, instanceIdentityDocument }));
    const endpoint = await second.ecs.send(new DiscoverPollEndpointCommand({}));
    expect(endpoint).toMatchObject({
      endpoint: "http://gateway.test/acs",
      telemetryEndpoint: "http://gateway.test/tcs",
    });
  });

  test("stay away once their agent was revoked, whose machine joins as a new one with another key", async () => {
    await api.clients().ecs.send(new CreateClusterCommand({}));
    const [first, second] = [await api.agent(), await api.agent()];
    const before = await first.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
    const containerInstanceArn = before.containerInstance?.containerInstanceArn ?? "";
    const again = new RegisterContainerInstanceCommand({ totalResources, containerInstanceArn });
    const agentId = await findAgent(api.db, containerInstanceArn.split("/").at(-1) ?? "");
    await api.db.write((tx) => revokeAgent(tx, agentId ?? ""));
    // Its key may still be remembered for a moment: even so it registers no more.
    expect((await refusal(first.ecs.send(again))).code).toMatch(
      /^(AccessDenied|UnrecognizedClient)Exception$/,
    );
    const after = await second.ecs.send(again);
    expect(after.containerInstance?.status).toBe("ACTIVE");
    expect(after.containerInstance?.containerInstanceArn).not.toBe(containerInstanceArn);
  });
});
