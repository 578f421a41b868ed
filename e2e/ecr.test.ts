import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  paginateDescribeImages,
  paginateListImages,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { awsCli, awsCliMissing } from "./support/aws-cli.ts";
import { describeWith } from "./support/needs.ts";
import { pusher } from "./support/push.ts";

const account = await createAccount();
afterAll(() => account.close());
const { ecr, accountId, region } = account;

const create = async (repositoryName: string) => {
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  return repository?.repositoryUri ?? "";
};

test("a repository is made, set up, tagged and removed", async () => {
  const repositoryName = "sdk/settings";
  const uri = await create(repositoryName);
  const host = account.env.ROADSTEAD_REGISTRY;
  expect(uri).toBe(`${host}/${accountId}.${region}/${repositoryName}`);
  const resourceArn = `arn:aws:ecr:${region}:${accountId}:repository/${repositoryName}`;
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  await ecr.send(
    new PutImageScanningConfigurationCommand({
      repositoryName,
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  const described = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  expect(described.repositories).toMatchObject([
    {
      repositoryArn: resourceArn,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
    },
  ]);
  await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "a" }] }));
  const tags = async () => (await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
  expect(await tags()).toEqual([{ Key: "team", Value: "a" }]);
  await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ["team"] }));
  expect(await tags()).toEqual([]);
  const registry = await ecr.send(new DescribeRegistryCommand({}));
  expect(registry).toMatchObject({ registryId: accountId, replicationConfiguration: { rules: [] } });
  await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
});

test("images that were pushed are listed, described, read and deleted", async () => {
  const repositoryName = "sdk/team/app/web";
  const uri = await create(repositoryName);
  const push = await pusher(ecr);
  const images = [await push(uri, "v1"), await push(uri, "v2"), await push(uri, "v3")];
  const [first, second] = images;
  const listed: unknown[] = [];
  for await (const page of paginateListImages({ client: ecr, pageSize: 2 }, { repositoryName })) {
    listed.push(...(page.imageIds ?? []));
  }
  expect(listed).toEqual(
    images.map(({ digest }, index) => ({ imageDigest: digest, imageTag: `v${index + 1}` })),
  );
  const described: unknown[] = [];
  for await (const page of paginateDescribeImages({ client: ecr, pageSize: 2 }, { repositoryName })) {
    described.push(...(page.imageDetails ?? []));
  }
  expect(described).toMatchObject(
    images.map(({ digest, size }) => ({
      imageDigest: digest,
      imageSizeInBytes: size,
      imageStatus: "ACTIVE",
    })),
  );
  const read = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }] }));
  expect(read.images?.[0]).toMatchObject({
    imageId: { imageDigest: first?.digest },
    imageManifest: first?.manifest,
  });
  const findings = new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag: "v1" } });
  await expect(ecr.send(findings)).rejects.toMatchObject({ name: "UnsupportedOperationException" });

  const removed = await ecr.send(
    new BatchDeleteImageCommand({
      repositoryName,
      imageIds: [{ imageTag: "v1" }, { imageDigest: second?.digest }],
    }),
  );
  expect(removed.imageIds).toHaveLength(2);
  const left = await ecr.send(new DescribeImagesCommand({ repositoryName }));
  expect(left.imageDetails?.map(({ imageTags }) => imageTags)).toEqual([["v3"]]);
  const remove = (force: boolean) => ecr.send(new DeleteRepositoryCommand({ repositoryName, force }));
  await expect(remove(false)).rejects.toMatchObject({ name: "RepositoryNotEmptyException" });
  await remove(true);
});

test("a password says until when and where it is good", async () => {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  expect(authorizationData?.[0]?.proxyEndpoint).toBe(`http://${account.env.ROADSTEAD_REGISTRY}`);
  const lifeMs = (authorizationData?.[0]?.expiresAt?.getTime() ?? 0) - Date.now();
  expect(Math.abs(lifeMs - 12 * 3_600_000)).toBeLessThan(120_000);
});

describeWith(awsCliMissing(), "the AWS CLI", () => {
  const aws = awsCli(account);
  const text = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await aws("ecr", ...args, "--output", "text");
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout.trim();
  };

  test("makes, lists and removes repositories, page after page", async () => {
    const made = await text(
      "create-repository",
      "--repository-name",
      "cli/a",
      "--query",
      "repository.repositoryUri",
    );
    expect(made).toMatch(/\/cli\/a$/);
    for (const name of ["cli/b", "cli/c"]) await create(name);
    const query = ["--query", "repositories[?starts_with(repositoryName, 'cli/')].repositoryName"];
    const names = await text("describe-repositories", "--page-size", "1", ...query);
    expect(names.split(/\s+/)).toEqual(["cli/a", "cli/b", "cli/c"]);
    const missing = await aws("ecr", "describe-repositories", "--repository-names", "cli/none");
    expect(missing.stderr).toContain(
      `An error occurred (RepositoryNotFoundException) when calling the DescribeRepositories operation: The repository with name 'cli/none' does not exist in the registry with id '${accountId}'`,
    );
    const again = await aws("ecr", "create-repository", "--repository-name", "cli/a");
    expect(again.stderr).toContain("(RepositoryAlreadyExistsException)");
    await text("delete-repository", "--repository-name", "cli/a");
    for (const repositoryName of ["cli/b", "cli/c"]) {
      await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    }
  });

  test("prints a password that the registry takes", async () => {
    const password = await text("get-login-password");
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
    const url = `http://${account.env.ROADSTEAD_REGISTRY}/v2/`;
    const status = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    expect([await status({ authorization }), await status({})]).toEqual([200, 401]);
  });

  test("lists and deletes images", async () => {
    const repository = ["--repository-name", "cli/images"];
    const uri = await text("create-repository", ...repository, "--query", "repository.repositoryUri");
    const push = await pusher(ecr);
    for (const tag of ["v1", "v2", "v3"]) await push(uri, tag);
    const tags = await text(
      "list-images",
      ...repository,
      "--page-size",
      "1",
      "--query",
      "imageIds[].imageTag",
    );
    expect(tags.split(/\s+/)).toEqual(["v1", "v2", "v3"]);
    const newest = ["--query", "sort_by(imageDetails, &imagePushedAt)[-1].imageTags[0]"];
    expect(await text("describe-images", ...repository, ...newest)).toBe("v3");
    const ids = ["--image-ids", "imageTag=v1", "imageTag=v2", "imageTag=v9"];
    const gone = await text(
      ...["batch-delete-image", ...repository, ...ids],
      ...["--query", "[imageIds[].imageTag, failures[].failureCode]"],
    );
    expect(gone.split(/\s+/)).toEqual(["v1", "v2", "ImageNotFound"]);
    await text("delete-repository", ...repository, "--force");
  });
});
