/** An image is pushed once and run by each of the names that a user may know it by. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { CreateRepositoryCommand, DeleteRepositoryCommand, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, createAccount } from "./support/account.ts";
import { ecrOf, loggedIn } from "./support/docker-cli.ts";
import { engineCall, inspectContainerOf } from "./support/engine.ts";
import { IMAGE } from "./support/image.ts";
import { startSecondAgent } from "./support/second-agent.ts";
import {
  container,
  containerOf,
  launch,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
} from "./support/tasks.ts";

const REPOSITORY = "team/app/web";
const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
const stranger = await createAccount({ agent: { cpu: 512, memory: 256 } });
const { ecs, accountId, region } = account;

interface Published {
  /** As the registry names the repository; the image is there under the tag `v1`. */
  readonly uri: string;
  readonly digest: string;
  close(): Promise<void>;
}

let published: Published;
beforeAll(async () => {
  published = await publish(account);
});
afterAll(async () => {
  await account.close();
  await stranger.close();
  await published.close();
});

/** Pushes the tests' image; the engine forgets that it has it under this name. */
async function publish(owner: Account): Promise<Published> {
  const ecr = ecrOf(owner);
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  const uri = repository?.repositoryUri ?? "";
  const docker = await loggedIn(owner);
  await docker.run("tag", IMAGE, `${uri}:v1`);
  await docker.run("push", `${uri}:v1`);
  await docker.close();
  await forgetLocally(uri);
  const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: REPOSITORY }));
  const digest = imageDetails?.[0]?.imageDigest ?? "";
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  const close = async () => {
    await forgetLocally(uri);
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: REPOSITORY, force: true }));
  };
  return { uri, digest, close };
}

/** So that the next task's agent must pull it. */
async function forgetLocally(uri: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ reference: [uri] }));
  const { body } = await engineCall("GET", `/images/json?filters=${filters}`);
  const images = JSON.parse(body.toString("utf8")) as {
    readonly RepoTags: readonly string[] | null;
    readonly RepoDigests: readonly string[] | null;
  }[];
  const names = images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
  for (const name of names.filter((known) => known.startsWith(uri))) {
    await engineCall("DELETE", `/images/${encodeURIComponent(name)}?force=true`, { tolerate: [404, 409] });
  }
}

/** What AWS's console makes with a cluster's first task. */
async function anExecutionRole(): Promise<string> {
  const RoleName = "ecsTaskExecutionRole";
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  });
  const { Role } = await account.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
  await account.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  return Role?.Arn ?? "";
}

const running = (image: string) => container(UNTIL_STOPPED, { image });

describe("a task", () => {
  const names: readonly (readonly [string, () => string])[] = [
    ["the registry's own", () => `${published.uri}:v1`],
    ["AWS's", () => `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}:v1`],
    ["this installation's", () => `${accountId}.dkr.ecr.${region}.roadstead.internal/${REPOSITORY}:v1`],
    ["its digest's", () => `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}@${published.digest}`],
  ];
  test.each(names)(
    "runs an image by %s name, and shows that name and the digest it has",
    async (_, nameOf) => {
      await forgetLocally(published.uri);
      const image = nameOf();
      const taskArn = await launch(ecs, "by-name", [running(image)]);
      const task = await untilRunning(ecs, taskArn);
      expect(containerOf(task)).toMatchObject({
        image,
        imageDigest: published.digest,
        lastStatus: "RUNNING",
      });
      await stopAndWait(ecs, taskArn);
    },
  );

  test("whose definition names an execution role runs with that role's permissions", async () => {
    const executionRoleArn = await anExecutionRole();
    const image = `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}:v1`;
    const taskArn = await launch(ecs, "by-role", {
      executionRoleArn,
      containerDefinitions: [running(image)],
    });
    await untilRunning(ecs, taskArn);
    await stopAndWait(ecs, taskArn);
  });

  test.each([
    ["repository", "nowhere:v1"],
    ["tag", "v2"],
  ])("fails in AWS's words for a %s that is not there", async (_, missing) => {
    const { uri } = published;
    const image = missing.includes(":") ? uri.replace(REPOSITORY, missing) : `${uri}:${missing}`;
    const task = await untilStopped(ecs, await launch(ecs, "missing", [running(image)]));
    expect(task).toMatchObject({ stopCode: "TaskFailedToStart" });
    expect(task.stoppedReason).toMatch(
      /^CannotPullContainerError: The task can't pull the image\. Check whether the image exists\. Error response from daemon: .+/,
    );
    expect(containerOf(task).reason).toBe(task.stoppedReason);
    expect(containerOf(task).exitCode).toBeUndefined();
  });

  test("of another account is refused the image, though its engine has it", async () => {
    const { uri, digest } = published;
    const own = await launch(ecs, "own", [running(`${uri}:v1`)]);
    await untilRunning(ecs, own);
    for (const image of [
      `${uri}:v1`,
      `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}@${digest}`,
    ]) {
      const taskArn = await launch(stranger.ecs, "foreign", [running(image)]);
      const task = await untilStopped(stranger.ecs, taskArn);
      expect(task).toMatchObject({ stopCode: "TaskFailedToStart" });
      expect(task.stoppedReason).toMatch(
        /^CannotPullContainerError: .*permissions to pull images from the registry\. .*not authorized to perform: ecr:BatchGetImage/s,
      );
    }
    await stopAndWait(ecs, own);
  });
});

test("a machine away from the registry pulls through its own agent", async () => {
  const far = await createAccount();
  const { uri, digest, close } = await publish(far);
  const [registry = ""] = uri.split("/");
  const here = `127.0.0.1:${await freePort()}`;
  const agent = await startSecondAgent(
    far,
    { cpu: 256, memory: 128 },
    { ROADSTEAD_REGISTRY_URL: `http://${registry}`, ROADSTEAD_AGENT_REGISTRY_LISTEN: here },
  );
  try {
    const taskArn = await launch(far.ecs, "far", [running(`${uri}:v1`)]);
    const task = await untilRunning(far.ecs, taskArn);
    expect(containerOf(task)).toMatchObject({ image: `${uri}:v1`, imageDigest: digest });
    const { Config } = await inspectContainerOf(taskArn);
    expect(Config).toMatchObject({ Image: `${uri.replace(registry, here)}:v1` });
    await far.close();
  } finally {
    await agent.stop();
    await forgetLocally(uri.replace(registry, here));
    await close();
  }
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
