/** An image is pushed once and run by each of the names that a user may know it by. */
import { CreateRepositoryCommand, DeleteRepositoryCommand, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { type DockerCli, ecrOf, loggedIn } from "./support/docker-cli.ts";
import { engineCall } from "./support/engine.ts";
import { IMAGE } from "./support/image.ts";
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
const ecr = ecrOf(account);
let docker: DockerCli;
/** As the registry names it; pushed under the tag `v1`, and of that digest. */
let uri = "";
let digest = "";

beforeAll(async () => {
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  uri = repository?.repositoryUri ?? "";
  docker = await loggedIn(account);
  await docker.run("tag", IMAGE, `${uri}:v1`);
  await docker.run("push", `${uri}:v1`);
  await forgetLocally();
  const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: REPOSITORY }));
  digest = imageDetails?.[0]?.imageDigest ?? "";
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

afterAll(async () => {
  await account.close();
  await stranger.close();
  await forgetLocally();
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: REPOSITORY, force: true }));
  await docker.close();
});

/** So that the next task's agent must pull it. */
async function forgetLocally(): Promise<void> {
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

const running = (image: string) => container(UNTIL_STOPPED, { image });

describe("a task", () => {
  const names: readonly (readonly [string, () => string])[] = [
    ["the registry's own", () => `${uri}:v1`],
    ["AWS's", () => `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}:v1`],
    ["this installation's", () => `${accountId}.dkr.ecr.${region}.roadstead.internal/${REPOSITORY}:v1`],
    ["its digest's", () => `${accountId}.dkr.ecr.${region}.amazonaws.com/${REPOSITORY}@${digest}`],
  ];
  test.each(names)(
    "runs an image by %s name, and shows that name and the digest it has",
    async (_, nameOf) => {
      await forgetLocally();
      const image = nameOf();
      const taskArn = await launch(ecs, "by-name", [running(image)]);
      const task = await untilRunning(ecs, taskArn);
      expect(containerOf(task)).toMatchObject({ image, imageDigest: digest, lastStatus: "RUNNING" });
      await stopAndWait(ecs, taskArn);
    },
  );

  test("whose definition names an execution role runs with the instance's key", async () => {
    const executionRoleArn = `arn:aws:iam::${accountId}:role/ecsTaskExecutionRole`;
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
