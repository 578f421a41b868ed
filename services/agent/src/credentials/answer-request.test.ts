import { describe, expect, test } from "vitest";
import { newTask, type TaskSpec } from "../decide/task.ts";
import { aTaskSpec } from "../decide/task-fixture.ts";
import { answerRequest, UNKNOWN } from "./answer-request.ts";
import { createRoleCredentials } from "./role-credentials.ts";

const ID = "0f9d7f3a-1111-4222-8333-444455556666";
const document = {
  credentialsId: ID,
  roleArn: "arn:aws:iam::000000000000:role/app",
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "token",
  expiration: "2026-01-02T03:04:05Z",
};

/** A machine at 10.0.0.1 with one task, of which one container is at 172.17.0.3. */
function aMachine(over: Partial<TaskSpec> = {}, held: object | null = document) {
  const spec = aTaskSpec({ credentialsId: ID, ...over });
  const credentials = createRoleCredentials();
  if (held) credentials.take({ taskArn: spec.arn, roleType: "TaskApplication" }, held);
  const state = {
    tasks: () => [newTask(spec, "RUNNING", 0)],
    credentialsOf: (taskArn: string) => credentials.of(taskArn, "TaskApplication"),
    addressesOf: async () => ["172.17.0.3"],
    isOwnAddress: (address: string) => address === "10.0.0.1",
  };
  return (path: string, peer = "172.17.0.3") => answerRequest(state, { path, peer });
}

describe("a container that asks for credentials", () => {
  test("is given those of its task's role, in the members that SDKs read", async () => {
    expect(await aMachine()(`/v2/credentials/${ID}`)).toEqual({
      status: 200,
      body: {
        RoleArn: document.roleArn,
        AccessKeyId: "ASIAEXAMPLE",
        SecretAccessKey: "secret",
        Token: "token",
        Expiration: "2026-01-02T03:04:05Z",
      },
    });
  });

  test.each([
    ["another task's container", "172.17.0.4"],
    ["a process on the host's network", "10.0.0.1"],
    ["somebody on the network", "203.0.113.7"],
  ])("is told that nobody has that id when it is %s", async (_, peer) => {
    expect(await aMachine()(`/v2/credentials/${ID}`, peer)).toBe(UNKNOWN);
  });

  test("on the host's network is given its own, and nobody elsewhere is", async () => {
    const ask = aMachine({ networkMode: "host" });
    expect((await ask(`/v2/credentials/${ID}`, "10.0.0.1")).status).toBe(200);
    expect(await ask(`/v2/credentials/${ID}`, "172.17.0.3")).toBe(UNKNOWN);
  });

  test.each([
    [`/v2/credentials/${ID.replace("0f", "1f")}`, 400, "InvalidIdInRequest"],
    ["/v2/credentials/undefined", 400, "InvalidIdInRequest"],
    ["/v2/credentials", 400, "NoIdInRequest"],
    ["/v2/credentials/", 400, "NoIdInRequest"],
    ["/", 404, "NotFound"],
    ["/v4/x", 404, "NotFound"],
  ])("by %s is answered %i %s", async (path, status, code) => {
    expect(await aMachine()(path)).toMatchObject({ status, body: { code, HTTPErrorCode: status } });
  });

  test("of a task without a role has no id that is good, not even none", async () => {
    const { credentialsId: _, ...spec } = aTaskSpec();
    expect(await aMachine({ ...spec, credentialsId: "" })("/v2/credentials/undefined")).toBe(UNKNOWN);
  });

  test("before any have come is told to wait", async () => {
    expect(await aMachine({}, null)(`/v2/credentials/${ID}`)).toMatchObject({
      status: 503,
      body: { code: "CredentialsUninitialized" },
    });
  });
});

test("credentials are replaced by newer ones, held apart by role, and forgotten with their task", () => {
  const credentials = createRoleCredentials();
  const take = (roleType: unknown, accessKeyId: string, taskArn: unknown = "t") =>
    credentials.take({ taskArn, roleType }, { ...document, accessKeyId });
  expect(take("TaskApplication", "ASIA1")).toEqual({ credentialsId: ID, expiration: document.expiration });
  take("TaskExecution", "ASIA2");
  take("TaskApplication", "ASIA3");
  expect(credentials.of("t", "TaskApplication")?.accessKeyId).toBe("ASIA3");
  expect(credentials.of("t", "TaskExecution")?.accessKeyId).toBe("ASIA2");
  expect(credentials.of("other", "TaskApplication")).toBeNull();
  expect(take("Other", "ASIA4")).toBeNull();
  expect(take("TaskApplication", "ASIA4", 7)).toBeNull();
  expect(credentials.take({ taskArn: "t", roleType: "TaskApplication" }, { credentialsId: ID })).toBeNull();
  credentials.forget("t");
  expect(credentials.of("t", "TaskExecution")).toBeNull();
});
