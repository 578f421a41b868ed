import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { compilePattern } from "./constraints.ts";
import ecsTable from "./generated/constraints-ecs.json" with { type: "json" };
import iamTable from "./generated/constraints-iam.json" with { type: "json" };
import stsTable from "./generated/constraints-sts.json" with { type: "json" };
import { clients, GROUP, seen, TASK, USER } from "./test-server.ts";

async function sent(send: () => Promise<object>): Promise<{ input: unknown; output: unknown }> {
  const { $metadata: _, ...output } = (await send()) as Record<string, unknown>;
  return { input: seen.at(-1), output };
}

describe("the SDK's own clients are understood, and understand the answers", () => {
  it("RunTask arrives as it was sent", async () => {
    const input = {
      taskDefinition: "t:1",
      count: 2,
      tags: [{ key: "a b", value: "c+d" }],
      overrides: { containerOverrides: [{ name: "c", environment: [{ name: "A", value: "\u20ac" }] }] },
    };
    const got = await sent(() => clients.ecs.send(new ecs.RunTaskCommand(input)));
    expect(got.input).toMatchObject(input);
    expect(got.output).toEqual({ tasks: [], failures: [{ arn: "a", reason: "RESOURCE:CPU" }] });
  });
  it("maps arrive as they were sent", async () => {
    const input = {
      family: "f",
      containerDefinitions: [
        {
          name: "c",
          image: "i",
          dockerLabels: { a: "b" },
          logConfiguration: { logDriver: "awslogs" as const, options: { x: "y" } },
        },
      ],
    };
    expect((await sent(() => clients.ecs.send(new ecs.RegisterTaskDefinitionCommand(input)))).input).toEqual(
      input,
    );
  });
  it("timestamps, lists and numbers come back", async () => {
    const got = await sent(() => clients.ecs.send(new ecs.DescribeTasksCommand({ tasks: ["x"] })));
    expect(got.output).toEqual({ tasks: [TASK], failures: [] });
  });
  it("an operation without output answers an empty document", async () => {
    const input = { resourceArn: "arn", tags: [{ key: "k", value: "" }] };
    expect(await sent(() => clients.ecs.send(new ecs.TagResourceCommand(input)))).toEqual({
      input,
      output: {},
    });
  });
  it("query forms carry lists of structures, and XML answers carry timestamps and markup", async () => {
    const input = {
      UserName: "a.b",
      Tags: [
        { Key: "k", Value: "1 2+3=" },
        { Key: "l", Value: "" },
      ],
    };
    const got = await sent(() => clients.iam.send(new iam.CreateUserCommand(input)));
    expect(got).toEqual({ input, output: { User: USER } });
  });
  it("query numbers, booleans and nested lists arrive with their types", async () => {
    const input = {
      PolicyInputList: ["{}"],
      ActionNames: ["a:B"],
      MaxItems: 7,
      ContextEntries: [
        { ContextKeyName: "aws:xxx", ContextKeyValues: ["x", "y"], ContextKeyType: "stringList" as const },
      ],
    };
    const got = await sent(() => clients.iam.send(new iam.SimulateCustomPolicyCommand(input)));
    expect(got.input).toEqual(input);
  });
  it("query lists and empty lists come back", async () => {
    expect((await sent(() => clients.iam.send(new iam.ListUsersCommand({ MaxItems: 5 })))).output).toEqual({
      Users: [USER, USER],
      IsTruncated: false,
    });
    expect((await sent(() => clients.iam.send(new iam.GetGroupCommand({ GroupName: "g" })))).output).toEqual({
      Group: GROUP,
      Users: [],
    });
    expect((await sent(() => clients.iam.send(new iam.DeleteUserCommand({ UserName: "u" })))).output).toEqual(
      {},
    );
    expect((await sent(() => clients.sts.send(new sts.GetCallerIdentityCommand({})))).output).toEqual({
      Account: "1",
      Arn: "a",
      UserId: "u",
    });
  });
  it("errors arrive as the SDK's classes, with the request id", async () => {
    await expect(clients.ecs.send(new ecs.DeleteClusterCommand({ cluster: "x" }))).rejects.toBeInstanceOf(
      ecs.ClusterNotFoundException,
    );
    await expect(clients.iam.send(new iam.GetUserCommand({ UserName: "u" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "no <user>",
      $metadata: { httpStatusCode: 404, requestId: "11111111-2222-3333-4444-555555555555" },
    });
  });
  it("an unexpected error is told as ServerException without its words", async () => {
    const error: Error = await clients.ecs.send(new ecs.ListClustersCommand({})).then(
      () => {
        throw new Error("answered");
      },
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ name: "ServerException", $metadata: { httpStatusCode: 500 } });
    expect(error.message).not.toContain("hunter2");
  });
  it("what is not built answers a client error", async () => {
    await expect(clients.ecs.send(new ecs.CreateServiceCommand({ serviceName: "s" }))).rejects.toMatchObject({
      name: "UnsupportedOperationException",
      $metadata: { httpStatusCode: 400 },
    });
    await expect(
      clients.iam.send(new iam.CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: "{}" })),
    ).rejects.toMatchObject({ name: "UnsupportedOperation", $metadata: { httpStatusCode: 400 } });
  });
  it("what the model forbids is refused in AWS's words", async () => {
    await expect(
      clients.iam.send(new iam.CreateUserCommand({ UserName: "u".repeat(65) })),
    ).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringMatching(
        /^1 validation error detected: Value 'u+' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64$/,
      ),
    });
    await expect(
      clients.ecs.send(new ecs.RunTaskCommand({ taskDefinition: "t", launchType: "MOON" as never })),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Member must satisfy enum value set: ["),
    });
    await expect(
      clients.ecs.send(new ecs.RunTaskCommand({ taskDefinition: "t", count: 1.5 })),
    ).rejects.toMatchObject({ name: "SerializationException" });
    await expect(clients.iam.send(new iam.CreateUserCommand({} as never))).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining("at 'userName'"),
    });
  });
  it("every pattern of the tables compiles", () => {
    for (const table of [ecsTable, iamTable, stsTable]) {
      for (const shape of Object.values(table.shapes))
        if ("pattern" in shape) expect(() => compilePattern(shape.pattern as string)).not.toThrow();
    }
  });
});
