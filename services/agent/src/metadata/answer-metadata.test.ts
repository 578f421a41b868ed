import { createFakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import { expect, test } from "vitest";
import { advance } from "../decide/advance.ts";
import { engineName, newTask, type TaskRecord, type TaskSpec } from "../decide/task.ts";
import { aContainerSpec, aTaskSpec } from "../decide/task-fixture.ts";
import { answerMetadata } from "./answer-metadata.ts";
import { createContainerStats } from "./container-stats.ts";
import { isMetadataPath, metadataVariables, readMetadataPath } from "./metadata-uri.ts";

const ID = "8a1f6c0e-5f0a-4c55-9a55-000000000001";
const AT = Date.parse("2026-11-24T10:00:00Z");
const network = {
  interfaceId: "eni-1",
  attachmentArn: "",
  mac: "0a:00:00:00:00:01",
  address: "10.0.0.7",
  gateway: "10.0.0.1",
  vpcId: "vpc-1",
  vpcCidr: "10.0.0.0/16",
  subnetId: "",
  privateDnsName: "ip-10-0-0-7.internal",
};

async function world(over: Partial<TaskSpec> = {}) {
  const spec = aTaskSpec({
    metadataId: ID,
    containers: [
      aContainerSpec({ name: "side" }),
      aContainerSpec({
        name: "app",
        cpu: 128,
        memoryMiB: 64,
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
        containerArn: "arn:container",
        hostConfig: { LogConfig: { Type: "awslogs", Config: { "awslogs-group": "g" } } },
      }),
    ],
    ...over,
  });
  const runtime = createFakeRuntime({ now: () => AT });
  let task: TaskRecord = newTask(spec, "RUNNING", AT);
  const bindings = [{ bindIP: "0.0.0.0", containerPort: 80, hostPort: 49_153, protocol: "tcp" as const }];
  for (const { name } of spec.containers) {
    const Labels = { "com.amazonaws.ecs.container-name": name, "com.roadstead.container-instance": "secret" };
    const id = await runtime.create({
      name: engineName(spec, name),
      body: { Image: "roadstead/busybox:latest", Labels },
    });
    await runtime.start(id);
    task = advance(
      task,
      name,
      { kind: "started", runtimeId: id, at: AT, bindings: name === "app" ? bindings : [] },
      AT,
    );
  }
  const stats = createContainerStats(runtime);
  const state = {
    tasks: () => [task],
    credentialsOf: () => null,
    addressesOf: async () => ["10.0.0.7"],
    isOwnAddress: (address: string) => address === "192.0.2.1",
    inspect: runtime.inspect,
    statsOf: stats.of,
  };
  return { runtime, ask: (path: string, peer = "10.0.0.7") => answerMetadata(state, { path, peer }) };
}

test("a container is told of itself, and nothing of the machine it is on", async () => {
  const { ask } = await world();
  const answer = await ask(`/v4/${ID}-1`);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      Name: "app",
      DockerName: expect.stringMatching(/-app-/),
      KnownStatus: "RUNNING",
      DesiredStatus: "RUNNING",
      Limits: { CPU: 128, Memory: 64 },
      StartedAt: "2026-11-24T10:00:00.000Z",
      Type: "NORMAL",
      ContainerARN: "arn:container",
      LogDriver: "awslogs",
      LogOptions: { "awslogs-group": "g" },
      Ports: [{ ContainerPort: 80, HostPort: 49_153, Protocol: "tcp", HostIp: "0.0.0.0" }],
      Networks: [{ NetworkMode: "bridge" }],
      Labels: { "com.amazonaws.ecs.container-name": "app" },
    },
  });
  expect(JSON.stringify(answer)).not.toContain("secret");
  expect(await ask(`/v3/${ID}-1`)).toEqual(answer);
});

test("a container of a VPC is told its interface, and its task as Fargate tells it", async () => {
  const { ask } = await world({
    network,
    networkMode: "awsvpc",
    launchType: "FARGATE",
    cpu: 0.25,
    memoryMiB: 512,
  });
  expect(await ask(`/v4/${ID}-0/task`)).toMatchObject({
    status: 200,
    body: {
      Cluster: "arn:aws:ecs:us-east-1:000000000000:cluster/default",
      Family: "web",
      Revision: "1",
      KnownStatus: "RUNNING",
      LaunchType: "FARGATE",
      VPCID: "vpc-1",
      Limits: { CPU: 0.25, Memory: 512 },
      Containers: [
        { Name: "side" },
        {
          Name: "app",
          Ports: [{ ContainerPort: 80, Protocol: "tcp" }],
          Networks: [
            {
              NetworkMode: "awsvpc",
              IPv4Addresses: ["10.0.0.7"],
              MACAddress: "0a:00:00:00:00:01",
              SubnetGatewayIpv4Address: "10.0.0.1/16",
              PrivateDNSName: "ip-10-0-0-7.internal",
            },
          ],
        },
      ],
    },
  });
});

test("what is used is told of one container or of all, and of none that has ended", async () => {
  const { ask, runtime } = await world();
  expect(await ask(`/v4/${ID}-1/stats`)).toMatchObject({ status: 200, body: { memory_stats: {} } });
  const all = await ask(`/v4/${ID}-1/task/stats`);
  expect(Object.keys(all?.body ?? {}).sort()).toEqual(
    runtime
      .all()
      .map(({ id }) => id)
      .sort(),
  );
  const [side] = runtime.all();
  runtime.exit(side?.id ?? "", 0);
  expect(await ask(`/v4/${ID}-0/stats`)).toMatchObject({ status: 404 });
  expect(await ask(`/v4/${ID}-1/task/stats`)).toMatchObject({ body: { [side?.id ?? ""]: null } });
});

test.each([
  `/v4/${ID}-7`,
  `/v4/${ID}`,
  `/v4/${ID}-1/secrets`,
  "/v4/",
  "/v4/00000000-0000-0000-0000-000000000000-1",
  "/v4/undefined-0",
])("a path that is nobody's is answered as unknown: %s", async (path) => {
  const { ask } = await world();
  expect(await ask(path)).toMatchObject({ status: 400, body: { code: "InvalidIdInRequest" } });
  const { ask: without } = await world({ metadataId: undefined } as object);
  expect(await without(path)).toMatchObject({ status: 400 });
});

test("a neighbour that learned the path is told nothing, nor is the machine itself", async () => {
  const { ask } = await world();
  for (const peer of ["10.0.0.8", "192.0.2.1", ""]) {
    expect(await ask(`/v4/${ID}-1/task`, peer)).toMatchObject({ status: 400 });
  }
});

test("the variables of a container lead to what is read", () => {
  for (const value of Object.values(metadataVariables(ID, 3))) {
    const { pathname } = new URL(value);
    expect(isMetadataPath(pathname)).toBe(true);
    expect(readMetadataPath(pathname)).toEqual({ id: ID, index: 3, wanted: "container" });
  }
  expect(isMetadataPath("/v2/credentials/x")).toBe(false);
});
