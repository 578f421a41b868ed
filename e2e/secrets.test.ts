/** Secrets and parameters become variables of containers, if the task's execution role may read them. */
import type { Secret } from "@aws-sdk/client-ecs";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { inspectContainerOf } from "./support/engine.ts";
import {
  container,
  containerOf,
  launch,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
} from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
const { ecs, iam, accountId, region, endpoint, credentials } = account;
const config = { endpoint, region, credentials, maxAttempts: 1 };
const secrets = new SecretsManagerClient(config);
const ssm = new SSMClient(config);
const Name = "prod/db";
const PARAMETER = "/prod/url";
const PARAMETER_ARN = `arn:aws:ssm:${region}:${accountId}:parameter${PARAMETER}`;

let secretArn: string;
beforeAll(async () => {
  const SecretString = JSON.stringify({ user: "ann", password: "hunter2" });
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  secretArn = ARN ?? "";
  await ssm.send(new PutParameterCommand({ Name: PARAMETER, Value: "https://db", Type: "SecureString" }));
});
afterAll(async () => {
  await secrets.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
  await ssm.send(new DeleteParameterCommand({ Name: PARAMETER }));
  await account.close();
});

async function aRole(RoleName: string, ...actions: string[]): Promise<string> {
  const policy = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const AssumeRolePolicyDocument = policy({
    Principal: { Service: "ecs-tasks.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyDocument = policy({ Action: actions, Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument }));
  return Role?.Arn ?? "";
}

const run = (family: string, executionRoleArn: string, wanted: Secret[]) =>
  launch(ecs, family, {
    executionRoleArn,
    containerDefinitions: [container(UNTIL_STOPPED, { secrets: wanted })],
  });

describe("a container's secrets", () => {
  test("are variables of it: whole secrets, members of them, and parameters by name and by ARN", async () => {
    const role = await aRole("reader", "secretsmanager:GetSecretValue", "ssm:GetParameters");
    const taskArn = await run("secrets", role, [
      { name: "WHOLE", valueFrom: secretArn },
      { name: "PASSWORD", valueFrom: `${secretArn}:password::` },
      { name: "URL", valueFrom: PARAMETER },
      { name: "URL_TOO", valueFrom: PARAMETER_ARN },
    ]);
    await untilRunning(ecs, taskArn);
    const { Config } = await inspectContainerOf(taskArn);
    expect(Config.Env).toEqual(
      expect.arrayContaining([
        'WHOLE={"user":"ann","password":"hunter2"}',
        "PASSWORD=hunter2",
        "URL=https://db",
        "URL_TOO=https://db",
      ]),
    );
    await stopAndWait(ecs, taskArn);
  });

  test.each([
    ["secret", "ssm:GetParameters", () => secretArn, "secretsmanager:GetSecretValue"],
    ["parameter", "secretsmanager:GetSecretValue", () => PARAMETER, "ssm:GetParameters"],
  ])("fail the task in AWS's words where its role may not read a %s", async (kind, allowed, from, denied) => {
    const role = await aRole(`no-${kind}`, allowed);
    const taskArn = await run(`no-${kind}`, role, [{ name: "X", valueFrom: from() }]);
    const task = await untilStopped(ecs, taskArn);
    expect(task).toMatchObject({ stopCode: "TaskFailedToStart" });
    expect(task.stoppedReason).toMatch(
      new RegExp(
        `^ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: .*AccessDeniedException: User: arn:aws:sts::${accountId}:assumed-role/no-${kind}/[0-9a-f]{32} is not authorized to perform: ${denied} on resource: arn:aws:`,
      ),
    );
    expect(containerOf(task).exitCode).toBeUndefined();
  });

  test.each([
    ["key", () => `${secretArn}:nobody::`, "did not contain json key nobody"],
    ["parameter", () => "/nowhere", `invalid parameters: /nowhere`],
    ["secret", () => secretArn.replace(Name, "nowhere"), "can't find the specified secret"],
  ])("fail the task for a %s that is not there", async (what, from, words) => {
    const role = await aRole(`missing-${what}`, "secretsmanager:GetSecretValue", "ssm:GetParameters");
    const taskArn = await run(`missing-${what}`, role, [{ name: "X", valueFrom: from() }]);
    const task = await untilStopped(ecs, taskArn);
    expect(task.stoppedReason).toContain("ResourceInitializationError: unable to pull secrets");
    expect(task.stoppedReason).toContain(words);
    expect(task.stoppedReason).not.toContain("hunter2");
  });
});
