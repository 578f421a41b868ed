/** A task acts as its role: with credentials that its own containers read, for as long as it lives. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { DescribeClustersCommand, ListClustersCommand } from "@aws-sdk/client-ecs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { ecrOf, loggedIn } from "./support/docker-cli.ts";
import { containersOfTask, engineCall, inspectContainerOf } from "./support/engine.ts";
import { IMAGE } from "./support/image.ts";
import {
  container,
  launch,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
} from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 1_024, memory: 512 } });
const { ecs, iam, accountId } = account;
afterAll(() => account.close());

const EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=";
const SOON = { timeout: 60_000, interval: 200 };

async function aRole(RoleName: string, ...actions: string[]): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  if (actions.length > 0) {
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
    });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument }));
  }
  return Role?.Arn ?? "";
}

interface Credentials {
  readonly RoleArn: string;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
  readonly code?: string;
}

async function pathOf(taskArn: string): Promise<string> {
  const { Config } = await inspectContainerOf(taskArn);
  return (Config.Env.find((line) => line.startsWith(VARIABLE)) ?? "").slice(VARIABLE.length);
}

/** What a process in the task's container is answered at the address that SDKs ask. */
async function askedBy(taskArn: string, path: string): Promise<Credentials> {
  const [main] = await containersOfTask(taskArn);
  // An HTTP client keeps its side open until it is answered; "nobody knows" is said when all agents have been asked.
  const script = `{ printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n'; sleep 1; } | nc -w 5 169.254.170.2 80`;
  // Agents that other files end may have held the address: a connection of that moment is lost, and SDKs try again.
  const stdout = await vi.waitFor(async () => {
    const asked = await promisify(execFile)("docker", ["exec", main?.Id ?? "", "sh", "-c", script], {
      timeout: 30_000,
    });
    expect(asked.stdout).toContain("\r\n\r\n");
    return asked.stdout;
  }, SOON);
  return JSON.parse(stdout.slice(stdout.indexOf("\r\n\r\n"))) as Credentials;
}

const own = async (taskArn: string) => askedBy(taskArn, await pathOf(taskArn));

const clientsOf = ({ AccessKeyId, SecretAccessKey, Token }: Credentials) =>
  account.clientsFor({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token });

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => "allowed",
    (error: Error) => error.name,
  );

describe("a task with a role", () => {
  test.each(["bridge", "host"] as const)(
    "in %s mode acts as it, until the task ends",
    async (networkMode) => {
      const taskRoleArn = await aRole(`app-${networkMode}`, "ecs:ListClusters");
      const taskArn = await launch(ecs, `roles-${networkMode}`, {
        taskRoleArn,
        networkMode,
        containerDefinitions: [container(UNTIL_STOPPED)],
      });
      await untilRunning(ecs, taskArn);
      const credentials = await own(taskArn);
      expect(credentials).toMatchObject({
        RoleArn: taskRoleArn,
        AccessKeyId: expect.stringMatching(/^ASIA/),
      });
      expect(Date.parse(credentials.Expiration)).toBeGreaterThan(Date.now() + 60 * 60_000);

      const role = clientsOf(credentials);
      const taskId = taskArn.split("/").at(-1);
      expect((await role.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
        `arn:aws:sts::${accountId}:assumed-role/app-${networkMode}/${taskId}`,
      );
      await role.ecs.send(new ListClustersCommand({}));
      expect(await codeOf(role.ecs.send(new DescribeClustersCommand({})))).toBe("AccessDeniedException");
      await iam.send(new DeleteRolePolicyCommand({ RoleName: `app-${networkMode}`, PolicyName: "p" }));
      await expect
        .poll(() => codeOf(role.ecs.send(new ListClustersCommand({}))), SOON)
        .toBe("AccessDeniedException");

      await stopAndWait(ecs, taskArn);
      await expect
        .poll(() => codeOf(role.sts.send(new GetCallerIdentityCommand({}))), SOON)
        .toBe("InvalidClientTokenId");
    },
  );

  const noCli = awsCliMissing();
  if (noCli) process.stderr.write(`skipping a test with the AWS CLI: ${noCli}\n`);
  test.skipIf(noCli !== null)("is believed by the real aws CLI, which says who it is", async () => {
    const taskRoleArn = await aRole("cli");
    const taskArn = await launch(ecs, "roles-cli", {
      taskRoleArn,
      containerDefinitions: [container(UNTIL_STOPPED)],
    });
    await untilRunning(ecs, taskArn);
    const { AccessKeyId, SecretAccessKey, Token } = await own(taskArn);
    const aws = awsCli({
      endpoint: account.endpoint,
      env: {
        ...account.env,
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: Token,
      },
    });
    expect((await aws("sts", "get-caller-identity")).stdout).toContain(
      `:assumed-role/cli/${taskArn.split("/").at(-1)}`,
    );
    await stopAndWait(ecs, taskArn);
  });

  test("keeps its credentials to itself: a neighbour is told that there are none, even with their address", async () => {
    const definition = async (family: string) =>
      launch(ecs, family, {
        taskRoleArn: await aRole(family),
        containerDefinitions: [container(UNTIL_STOPPED)],
      });
    const [ann, bob] = [await definition("roles-ann"), await definition("roles-bob")];
    const plain = await launch(ecs, "roles-plain", [container(UNTIL_STOPPED)]);
    for (const taskArn of [ann, bob, plain]) await untilRunning(ecs, taskArn);
    const path = await pathOf(ann);
    expect(path).toMatch(/^\/v2\/credentials\/[0-9a-f-]{36}$/);
    expect(await pathOf(plain)).toBe("");
    expect((await askedBy(ann, path)).RoleArn).toMatch(/roles-ann$/);
    for (const neighbour of [bob, plain]) {
      expect(await askedBy(neighbour, path)).toMatchObject({ code: "InvalidIdInRequest" });
    }
    expect((await own(bob)).RoleArn).toMatch(/roles-bob$/);
    for (const taskArn of [ann, bob, plain]) await stopAndWait(ecs, taskArn);
  });

  test("that does not exist is not launched", async () => {
    const taskRoleArn = `arn:aws:iam::${accountId}:role/nobody`;
    const definition = { taskRoleArn, containerDefinitions: [container(UNTIL_STOPPED)] };
    const refused = launch(ecs, "roles-nobody", definition);
    await expect(refused).rejects.toThrow(`ECS was unable to assume the role '${taskRoleArn}'`);
  });
});

test("an execution role pulls what it may, and fails the task in AWS's words where it may not", async () => {
  const repositoryName = "roles/web";
  const ecr = ecrOf(account);
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const image = `${repository?.repositoryUri}:v1`;
  const docker = await loggedIn(account);
  await docker.run("tag", IMAGE, image);
  await docker.run("push", image);
  await docker.close();
  const forget = () =>
    engineCall("DELETE", `/images/${encodeURIComponent(image)}?force=true`, { tolerate: [404, 409] });
  await forget();

  const executionRoleArn = await aRole("puller");
  const run = () =>
    launch(ecs, "roles-pull", {
      executionRoleArn,
      containerDefinitions: [container(UNTIL_STOPPED, { image })],
    });
  const refused = await untilStopped(ecs, await run());
  expect(refused).toMatchObject({ stopCode: "TaskFailedToStart" });
  expect(refused.stoppedReason).toMatch(
    /^CannotPullECRContainerError: .*assumed-role\/puller\/[0-9a-f]{32} is not authorized to perform: ecr:GetAuthorizationToken/,
  );

  await iam.send(new AttachRolePolicyCommand({ RoleName: "puller", PolicyArn: EXECUTION_POLICY }));
  const taskArn = await run();
  await untilRunning(ecs, taskArn);
  await stopAndWait(ecs, taskArn);
  await forget();
  await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
});
