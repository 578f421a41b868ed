import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clusterArn,
  containerArn,
  containerInstanceArn,
  parseArn,
  parseCluster,
  parseClusterScoped,
  parseServicePart,
  parseTaskDefinition,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
  taskArn,
  taskDefinitionArn,
  userArn,
} from "./arn.ts";

const PLACE = { accountId: "123456789012", region: "eu-west-1" };
const PREFIX = "arn:aws:ecs:eu-west-1:123456789012:";

test("ARNs are written as AWS writes them", () => {
  expect([
    clusterArn(PLACE, "c"),
    taskArn(PLACE, "c", "t"),
    containerArn(PLACE, "c", "t", "x"),
    containerInstanceArn(PLACE, "c", "i"),
    taskDefinitionArn(PLACE, "web", 3),
    serviceArn(PLACE, "c", "s"),
    serviceDeploymentArn(PLACE, "c", "s", "d"),
    serviceRevisionArn(PLACE, "c", "s", "1"),
  ]).toEqual([
    `${PREFIX}cluster/c`,
    `${PREFIX}task/c/t`,
    `${PREFIX}container/c/t/x`,
    `${PREFIX}container-instance/c/i`,
    `${PREFIX}task-definition/web:3`,
    `${PREFIX}service/c/s`,
    `${PREFIX}service-deployment/c/s/d`,
    `${PREFIX}service-revision/c/s/1`,
  ]);
  expect(userArn("1", "/ops/", "ann")).toBe("arn:aws:iam::1:user/ops/ann");
});

test.each([
  "",
  "arn",
  "arn:aws",
  "arn:aws:ecs:r:a",
  "arn:aws:ecs:r:a:",
  "urn:aws:ecs:r:a:x",
  "arn::ecs:r:a:x",
])("%j is no ARN", (text) => expect(parseArn(text)).toBeNull());

describe("a cluster-scoped reference", () => {
  test("is an id, an ARN, or an old ARN without its cluster", () => {
    expect(parseClusterScoped("abc", "task")).toEqual({ kind: "id", id: "abc" });
    expect(parseClusterScoped(`${PREFIX}task/c/t`, "task")).toEqual({
      kind: "arn",
      place: PLACE,
      cluster: "c",
      id: "t",
    });
    expect(parseClusterScoped(`${PREFIX}task/t`, "task")).toMatchObject({ cluster: null, id: "t" });
  });

  test.each([
    "",
    "c/t",
    "arn:",
    "arn:aws:ecs",
    `${PREFIX}task`,
    `${PREFIX}task/`,
    `${PREFIX}task/c/`,
    `${PREFIX}task/c/t/x`,
    `${PREFIX}cluster/c`,
    `${PREFIX}container-instance/c/i`,
    "arn:aws:s3:::task/c/t",
  ])("%j is malformed for a task", (text) =>
    expect(parseClusterScoped(text, "task")).toEqual({ kind: "malformed", text }),
  );

  test("reads back every ARN that is built", () => {
    const id = fc.stringMatching(/^[0-9a-f]{32}$/);
    const cluster = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
    fc.assert(
      fc.property(cluster, id, (name, taskId) => {
        const parsed = parseClusterScoped(taskArn(PLACE, name, taskId), "task");
        expect(parsed).toEqual({ kind: "arn", place: PLACE, cluster: name, id: taskId });
      }),
    );
  });

  test("never throws, whatever is written", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `arn:aws:ecs:${text}`),
        ),
        (text) => {
          parseClusterScoped(text, "task");
          parseCluster(text);
          parseTaskDefinition(text);
        },
      ),
    );
  });
});

test("a part of a service is named by its own ARN alone", () => {
  const arn = serviceDeploymentArn(PLACE, "c", "s", "d");
  expect(parseServicePart(arn, "service-deployment")).toEqual({
    place: PLACE,
    cluster: "c",
    service: "s",
    id: "d",
  });
  const others = ["", "d", `${PREFIX}service-deployment/c/s`, `${arn}/x`, arn.replace(":ecs:", ":s3:")];
  for (const text of others) expect(parseServicePart(text, "service-deployment")).toBeNull();
  expect(parseServicePart(arn, "service-revision")).toBeNull();
});

test("a cluster is a name or a cluster's ARN", () => {
  expect(parseCluster("c")).toEqual({ name: "c", place: null });
  expect(parseCluster(`${PREFIX}cluster/c`)).toEqual({ name: "c", place: PLACE });
  for (const text of [`${PREFIX}cluster/`, `${PREFIX}cluster/c/d`, `${PREFIX}task/c/t`, "arn:x"]) {
    expect(parseCluster(text)).toBeNull();
  }
});

test("a task definition is a family, a revision or an ARN of either", () => {
  expect(parseTaskDefinition("web")).toEqual({ family: "web", revision: null, place: null });
  expect(parseTaskDefinition("web:7")).toEqual({ family: "web", revision: "7", place: null });
  expect(parseTaskDefinition(`${PREFIX}task-definition/web:7`)).toEqual({
    family: "web",
    revision: "7",
    place: PLACE,
  });
  for (const text of ["", ":1", "a:1:2", `${PREFIX}cluster/c`, "arn:aws:ecs:r"]) {
    expect(parseTaskDefinition(text)).toBeNull();
  }
});
