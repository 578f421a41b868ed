import {
  DescribeTasksCommand,
  paginateListClusters,
  paginateListTaskDefinitionFamilies,
  paginateListTaskDefinitions,
  paginateListTasks,
} from "@aws-sdk/client-ecs";
import { paginateListUsers } from "@aws-sdk/client-iam";
import { afterAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { malformedRequests } from "./support/malformed-requests.ts";
import { ecsCall, type RawRequest, sendSigned } from "./support/signed-request.ts";
import { container } from "./support/tasks.ts";

const account = await createAccount();
afterAll(() => account.close());
const { endpoint, credentials, ecs, iam } = account;

const call = (operation: string, body: unknown, more: Partial<RawRequest> = {}) =>
  sendSigned({
    endpoint,
    credentials,
    ...ecsCall(operation, typeof body === "string" ? body : JSON.stringify(body)),
    ...more,
  });

const definition = (containers: readonly object[], more: object = {}) => ({
  family: "bad",
  containerDefinitions: containers,
  ...more,
});
const named = (name: string, more: object = {}) => container("exit 0", { name, ...more });

describe("what cannot be read", () => {
  test.each([
    ["half a JSON document", '{"clusterName":'],
    ["no JSON at all", "clusterName=x"],
    ["a list where a structure belongs", "[]"],
    ["text where a structure belongs", '"x"'],
    ["a number where text belongs", '{"clusterName":7}'],
    ["text where a list belongs", '{"tags":"a=b"}'],
    ["a structure where text belongs", '{"clusterName":{}}'],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ["nesting without end", `{"clusterName":${"[".repeat(5_000)}${"]".repeat(5_000)}}`],
  ])("%s is a SerializationException", async (_, body) => {
    const answer = await sendSigned({ endpoint, credentials, ...ecsCall("CreateCluster", body as string) });
    expect(answer).toMatchObject({
      status: 400,
      code: "SerializationException",
      requestId: expect.any(String),
    });
  });

  test("an unknown operation is an UnknownOperationException", async () => {
    expect(await call("CreateEverything", {})).toMatchObject({
      status: 400,
      code: "UnknownOperationException",
    });
    expect(await call("", {})).toMatchObject({ status: 400, code: "UnknownOperationException" });
    const prototype = { target: "AmazonEC2ContainerServiceV20141113.__proto__" };
    expect(await call("x", {}, prototype)).toMatchObject({ status: 400, code: "UnknownOperationException" });
    const query = { service: "iam", contentType: "application/x-www-form-urlencoded" };
    const answer = await sendSigned({
      endpoint,
      credentials,
      ...query,
      body: "Action=Fly&Version=2010-05-08",
    });
    expect(answer).toMatchObject({ status: 400, code: "InvalidAction" });
  });

  test("an operation that is not built yet answers a client error in AWS's shape", async () => {
    const answer = await call("CreateExpressGatewayService", {
      executionRoleArn: "x",
      infrastructureRoleArn: "y",
    });
    expect(answer.status).toBe(400);
    expect(answer.code).toMatch(/Exception$/);
  });

  test("a body over the size limit is refused without being read into memory", async () => {
    const answer = await call("CreateCluster", `{"clusterName":"${"x".repeat(12 * 1024 * 1024)}"}`).catch(
      () => null,
    );
    // The connection may be closed before the whole body was sent.
    if (answer) expect(answer.status).toBe(413);
  });
});

describe("what a new user gets wrong", () => {
  test.each([
    [
      "DescribeTasks",
      { cluster: "nowhere", tasks: ["a".repeat(32)] },
      "ClusterNotFoundException",
      "Cluster not found.",
    ],
    ["ListTasks", { cluster: "nowhere" }, "ClusterNotFoundException", "Cluster not found."],
    ["DeleteCluster", { cluster: "nowhere" }, "ClusterNotFoundException", "Cluster not found."],
    [
      "RunTask",
      { taskDefinition: "nothing" },
      /ClientException|InvalidParameterException/,
      "TaskDefinition not found.",
    ],
    ["RunTask", { taskDefinition: "nothing", cluster: "nowhere" }, /Exception$/, /not found\.$/],
    [
      "DescribeTaskDefinition",
      { taskDefinition: "nothing" },
      "ClientException",
      "Unable to describe task definition.",
    ],
    ["DeregisterTaskDefinition", { taskDefinition: "nothing" }, "ClientException", "Revision is missing."],
    ["StopTask", { task: "a".repeat(32) }, "InvalidParameterException", "The referenced task was not found."],
    ["DescribeTasks", { tasks: [] }, "InvalidParameterException", "Tasks cannot be empty."],
    [
      "DescribeContainerInstances",
      { containerInstances: [] },
      "ClientException",
      "Container Instances cannot be empty.",
    ],
    ["CreateCluster", { clusterName: "a b" }, "InvalidParameterException", /.+/],
    ["CreateCluster", { clusterName: "x".repeat(256) }, "InvalidParameterException", /.+/],
    [
      "CreateCluster",
      { clusterName: "t", tags: [{ key: "aws:x", value: "y" }] },
      "InvalidParameterException",
      /.+/,
    ],
    ["ListClusters", { maxResults: 101 }, "InvalidParameterException", /.+/],
    ["ListClusters", { maxResults: 0 }, "InvalidParameterException", /.+/],
    ["ListClusters", { nextToken: "made-up" }, "InvalidParameterException", /token/i],
    [
      "RegisterTaskDefinition",
      { family: "bad", containerDefinitions: [] },
      "ClientException",
      "Container list cannot be empty.",
    ],
    ["RegisterTaskDefinition", {}, /ClientException|InvalidParameterException/, /.+/],
  ])("%s %j", async (operation, body, code, message) => {
    const answer = await call(operation, body);
    expect(answer.status).toBe(400);
    expect(answer.code).toMatch(code);
    const text = (JSON.parse(answer.body) as { readonly message: string }).message;
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test.each([
    [
      "eleven containers",
      definition(Array.from({ length: 11 }, (_, n) => named(`c${n}`))),
      /too many containers|maximum/i,
    ],
    [
      "containers that wait for each other",
      definition([
        named("a", { dependsOn: [{ containerName: "b", condition: "START" }] }),
        named("b", { dependsOn: [{ containerName: "a", condition: "START" }] }),
      ]),
      /circular|cycl/i,
    ],
    [
      "a container that waits for itself",
      definition([named("a", { dependsOn: [{ containerName: "a", condition: "START" }] })]),
      /.+/,
    ],
    [
      "a dependency that is not there",
      definition([named("a", { dependsOn: [{ containerName: "b", condition: "START" }] })]),
      /b/,
    ],
    ["two containers of one name", definition([named("a"), named("a")]), /a/],
    ["no essential container", definition([named("a", { essential: false })]), /essential/i],
    ["no memory at all", definition([{ name: "a", image: "busybox" }]), /memory/i],
    [
      "a mount of an unknown volume",
      definition([named("a", { mountPoints: [{ sourceVolume: "v", containerPath: "/v" }] })]),
      /v/,
    ],
    [
      "a definition over 64 KiB",
      definition([named("a", { environment: [{ name: "A", value: "x".repeat(70_000) }] })]),
      /.+/,
    ],
    ["a NUL character", definition([named("a", { environment: [{ name: "A", value: "x\u0000y" }] })]), /.+/],
  ])("registering %s is refused and leaves no revision", async (_, body, message) => {
    const answer = await call("RegisterTaskDefinition", body);
    expect(answer).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(Client|InvalidParameter|Serialization)Exception$/),
    });
    expect((JSON.parse(answer.body) as { readonly message: string }).message).toMatch(message);
    expect(await count()).toMatchObject({ revisions: 0 });
  });
});

/** Everything that a request could have left in the account. */
async function count() {
  const collected = { clusters: 0, families: 0, revisions: 0, tasks: 0, users: 0 };
  for await (const page of paginateListClusters({ client: ecs }, {}))
    collected.clusters += page.clusterArns?.length ?? 0;
  for await (const page of paginateListTaskDefinitionFamilies({ client: ecs }, {})) {
    collected.families += page.families?.length ?? 0;
  }
  for (const status of ["ACTIVE", "INACTIVE"] as const) {
    for await (const page of paginateListTaskDefinitions({ client: ecs }, { status })) {
      collected.revisions += page.taskDefinitionArns?.length ?? 0;
    }
  }
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    for await (const page of paginateListTasks({ client: ecs }, { desiredStatus })) {
      collected.tasks += page.taskArns?.length ?? 0;
    }
  }
  for await (const page of paginateListUsers({ client: iam }, {})) collected.users += page.Users?.length ?? 0;
  return collected;
}

const REQUESTS = 5_000;
const AT_ONCE = 16;
const SEED = Number(process.env.ROADSTEAD_E2E_SEED ?? 20_140_411);
const GROWTH_MAX_MIB = 60;
/** Compilation and caches fill on the first requests; growth is measured after them. */
const WARM_UP = 500;

test(`${REQUESTS} seeded malformed requests cause no 5xx, leave nothing and take no memory (seed ${SEED})`, async () => {
  const before = await count();
  const requests = malformedRequests({ seed: SEED, count: WARM_UP + REQUESTS, endpoint, credentials });
  const warm = await sendAll(requests.slice(0, WARM_UP));
  const start = await apiMemoryMiB();
  const answers = await sendAll(requests.slice(WARM_UP));
  const end = await apiMemoryMiB();
  process.stdout.write(
    `api: ${start.toFixed(0)} MiB before, ${end.toFixed(0)} MiB after ${REQUESTS} malformed requests\n`,
  );
  const faults = [...warm, ...answers].filter(({ status }) => status >= 500);
  expect(faults.slice(0, 5)).toEqual([]);
  expect([...warm, ...answers].filter(({ status }) => status === 200).slice(0, 5)).toEqual([]);
  expect(answers).toHaveLength(REQUESTS);
  expect(end - start).toBeLessThan(GROWTH_MAX_MIB);
  expect(await count()).toEqual(before);
  // What is busy is slow to say that it is ready.
  await expect.poll(controlPlaneNotReady, { timeout: 60_000, interval: 500 }).toEqual([]);
  const valid = await ecs.send(new DescribeTasksCommand({ tasks: ["a".repeat(32)] }));
  expect(valid.failures).toMatchObject([{ reason: "MISSING" }]);
});

/** Those that no other file kills meanwhile, as some do with agents, with what runs Fargate's and with the bus of events. */
const KILLED_BY_OTHERS = /^(agent-\d|fargate-|event-bus$)/;

async function controlPlaneNotReady() {
  const { processes } = await account.stack.status();
  return processes.filter(({ name, ready }) => !ready && !KILLED_BY_OTHERS.test(name));
}

async function apiMemoryMiB(): Promise<number> {
  const { processes } = await account.stack.status();
  const api = processes.find(({ name }) => name === "api" || name === "edge");
  return (api?.rssBytes ?? Number.NaN) / 1024 / 1024;
}

async function sendAll(requests: readonly { readonly about: string; readonly request: RawRequest }[]) {
  const waiting = requests.values();
  const answers: { readonly about: string; readonly status: number; readonly body: string }[] = [];
  const worker = async () => {
    for (const { about, request } of waiting) {
      const { status, body } = await sendSigned(request);
      answers.push({ about, status, body: body.slice(0, 300) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}
