/** Repositories, images and registry passwords through signed requests, on real PostgreSQL. */
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  paginateDescribeRepositories,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, type Keys, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const PREFIX = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository`;
const create = (repositoryName: string, more: object = {}) =>
  api.clients().ecr.send(new CreateRepositoryCommand({ repositoryName, ...more }));

describe("repositories", () => {
  test("are created with AWS's defaults, described and deleted", async () => {
    const { ecr } = api.clients();
    const { repository } = await create("team/app/web");
    expect(repository).toEqual({
      registryId: ACCOUNT,
      repositoryName: "team/app/web",
      repositoryArn: `${PREFIX}/team/app/web`,
      repositoryUri: "registry.test:4701/team/app/web",
      createdAt: expect.any(Date),
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: "AES256" },
    });
    const described = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["team/app/web"] }));
    expect(described.repositories).toEqual([repository]);
    const gone = await ecr.send(
      new DeleteRepositoryCommand({ repositoryName: "team/app/web", registryId: ACCOUNT }),
    );
    expect(gone.repository).toEqual(repository);
    expect((await ecr.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
  });

  test("of another region are others, with a path of their own", async () => {
    await create("web");
    const other = api.clients(api.administrator(), "eu-test-1").ecr;
    expect((await other.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    const { repository } = await other.send(new CreateRepositoryCommand({ repositoryName: "web" }));
    expect(repository?.repositoryUri).toBe(`registry.test:4701/${ACCOUNT}.eu-test-1/web`);
  });

  test("are listed in byte order, every page once", async () => {
    for (const name of ["b0", "a_b", "a-b", "aa/b", "aa"]) await create(name);
    const names: string[][] = [];
    for await (const page of paginateDescribeRepositories({ client: api.clients().ecr, pageSize: 2 }, {})) {
      names.push((page.repositories ?? []).map(({ repositoryName }) => repositoryName ?? ""));
    }
    expect(names).toEqual([["a-b", "a_b"], ["aa", "aa/b"], ["b0"]]);
  });

  test("are refused in AWS's words", async () => {
    const { ecr } = api.clients();
    await create("web");
    const answered = async (answer: Promise<unknown>) => {
      const { code, message } = await refusal(answer);
      return [code, message];
    };
    expect(await answered(create("web"))).toEqual([
      "RepositoryAlreadyExistsException",
      `The repository with name 'web' already exists in the registry with id '${ACCOUNT}'`,
    ]);
    const missing = [
      "RepositoryNotFoundException",
      `The repository with name 'no/pe' does not exist in the registry with id '${ACCOUNT}'`,
    ];
    const repositoryName = "no/pe";
    const describe = new DescribeRepositoriesCommand({ repositoryNames: ["web", repositoryName] });
    expect(await answered(ecr.send(describe))).toEqual(missing);
    expect(await answered(ecr.send(new DeleteRepositoryCommand({ repositoryName })))).toEqual(missing);
    const invalid = (member: string, reason: string) => [
      "InvalidParameterException",
      `Invalid parameter at '${member}' failed to satisfy constraint: '${reason}'`,
    ];
    const [, badName = ""] = await answered(create("Web"));
    expect(badName).toContain(
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+",
    );
    expect(await answered(create("w"))).toEqual(
      invalid("repositoryName", "Member must have length greater than or equal to 2"),
    );
    expect(await answered(ecr.send(new CreateRepositoryCommand({} as never)))).toEqual(
      invalid("repositoryName", "Member must not be null"),
    );
    expect(await answered(create("111122223333.eu-west-1/web"))).toMatchObject([
      "InvalidParameterException",
      {},
    ]);
    expect(await answered(ecr.send(new DescribeRepositoriesCommand({ maxResults: 1_001 })))).toEqual(
      invalid("maxResults", "Member must have value less than or equal to 1000"),
    );
    expect(await answered(ecr.send(new DescribeRepositoriesCommand({ nextToken: "x" })))).toEqual(
      invalid("nextToken", "Invalid token"),
    );
    const kms = create("secret", { encryptionConfiguration: { encryptionType: "KMS" } });
    expect((await refusal(kms)).code).toBe("KmsException");
    const policy = ecr.send(new GetLifecyclePolicyCommand({ repositoryName: "web" }));
    expect(await refusal(policy)).toMatchObject({ code: "UnsupportedOperationException", status: 400 });
  });

  test("keep which tags may move, with exclusions where they mean something", async () => {
    const { ecr } = api.clients();
    const filters = [{ filterType: "WILDCARD", filter: "dev-*" }] as const;
    const { repository } = await create("web", {
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: filters,
    });
    expect(repository).toMatchObject({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: filters,
    });
    const put = (input: object) =>
      ecr.send(new PutImageTagMutabilityCommand({ repositoryName: "web", ...input } as never));
    const { $metadata, ...changed } = await put({ imageTagMutability: "IMMUTABLE" });
    expect([changed, $metadata.httpStatusCode]).toEqual([
      { registryId: ACCOUNT, repositoryName: "web", imageTagMutability: "IMMUTABLE" },
      200,
    ]);
    for (const input of [
      { imageTagMutability: "MUTABLE_WITH_EXCLUSION" },
      { imageTagMutability: "MUTABLE", imageTagMutabilityExclusionFilters: filters },
      { imageTagMutability: "SOMETIMES" },
      {
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "a b" }],
      },
    ]) {
      expect((await refusal(put(input))).code).toBe("InvalidParameterException");
    }
    const scan = new PutImageScanningConfigurationCommand({
      repositoryName: "web",
      imageScanningConfiguration: { scanOnPush: true },
    });
    expect((await ecr.send(scan)).imageScanningConfiguration).toEqual({ scanOnPush: true });
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([
      { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } },
    ]);
  });

  test("carry up to fifty tags", async () => {
    const { ecr } = api.clients();
    await create("web", { tags: [{ Key: "a", Value: "1" }] });
    const resourceArn = `${PREFIX}/web`;
    const tag = (...tags: { Key: string; Value: string }[]) =>
      ecr.send(new TagResourceCommand({ resourceArn, tags }));
    await tag({ Key: "a", Value: "2" }, { Key: "b", Value: "" });
    const list = async () => (await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    expect(await list()).toEqual([
      { Key: "a", Value: "2" },
      { Key: "b", Value: "" },
    ]);
    const many = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: "v" }));
    expect((await refusal(tag(...many))).code).toBe("TooManyTagsException");
    expect((await refusal(tag({ Key: "aws:x", Value: "" }))).code).toBe("InvalidTagParameterException");
    await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a", "nope"] }));
    expect(await list()).toEqual([{ Key: "b", Value: "" }]);
    const bad = ecr.send(
      new ListTagsForResourceCommand({ resourceArn: "arn:aws:ecs:us-east-1:1:cluster/c" }),
    );
    expect((await refusal(bad)).message).toBe(
      "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
    );
  });

  test("belong to a registry that replicates nothing", async () => {
    const { $metadata, ...registry } = await api.clients().ecr.send(new DescribeRegistryCommand({}));
    expect([registry, $metadata.httpStatusCode]).toEqual([
      { registryId: ACCOUNT, replicationConfiguration: { rules: [] } },
      200,
    ]);
  });
});

describe("who may", () => {
  const userWith = async (statement: object): Promise<Keys> => {
    const { iam } = api.clients();
    const UserName = "u";
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  };

  test("create is asked on the repository's ARN, and on nothing beside it", async () => {
    const keys = await userWith({
      Effect: "Allow",
      Action: "ecr:CreateRepository",
      Resource: `${PREFIX}/team/*`,
    });
    const { ecr } = api.clients(keys);
    const make = (repositoryName: string, more: object = {}) =>
      ecr.send(new CreateRepositoryCommand({ repositoryName, ...more }));
    await make("team/web");
    expect(await refusal(make("other"))).toMatchObject({
      code: "AccessDeniedException",
      message: `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: ecr:CreateRepository on resource: ${PREFIX}/other because no identity-based policy allows the ecr:CreateRepository action`,
    });
    const tagged = await refusal(make("team/tagged", { tags: [{ Key: "a", Value: "b" }] }));
    expect(tagged.message).toContain("ecr:TagResource");
    expect((await refusal(ecr.send(new GetAuthorizationTokenCommand({})))).message).toContain("resource: *");
    expect((await refusal(ecr.send(new DescribeRepositoriesCommand({})))).message).toContain(
      `resource: ${PREFIX}/*`,
    );
  });

  test("delete can hang on the repository's tags", async () => {
    for (const [name, Value] of [
      ["ours", "a"],
      ["theirs", "b"],
    ] as const) {
      await create(name, { tags: [{ Key: "team", Value }] });
    }
    const keys = await userWith({
      Effect: "Allow",
      Action: "ecr:*",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
    });
    const remove = (repositoryName: string) =>
      api.clients(keys).ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    expect((await refusal(remove("theirs"))).code).toBe("AccessDeniedException");
    expect((await refusal(remove("nothing"))).code).toBe("AccessDeniedException");
    await remove("ours");
  });

  test("use another account's registry: nobody yet", async () => {
    const registryId = "111122223333";
    const { ecr } = api.clients();
    const resourceArn = `arn:aws:ecr:${REGION}:${registryId}:repository/web`;
    // All are listened to at once: whichever is refused first, none is refused unheard.
    const refusals = await Promise.all([
      refusal(ecr.send(new DescribeRepositoriesCommand({ registryId }))),
      refusal(ecr.send(new DeleteRepositoryCommand({ registryId, repositoryName: "web" }))),
      refusal(ecr.send(new ListTagsForResourceCommand({ resourceArn }))),
    ]);
    for (const { code, message } of refusals) {
      expect(code).toBe("AccessDeniedException");
      expect(message).toContain(`arn:aws:ecr:${REGION}:${registryId}:repository/`);
    }
  });
});

describe("a password for the registry", () => {
  test("is good for twelve hours and says where", async () => {
    const { authorizationData = [] } = await api.clients().ecr.send(new GetAuthorizationTokenCommand({}));
    const [data, ...more] = authorizationData;
    expect(more).toEqual([]);
    expect(data?.proxyEndpoint).toBe("http://registry.test:4701");
    const lifeMs = (data?.expiresAt?.getTime() ?? 0) - Date.now();
    expect(Math.abs(lifeMs - 12 * 3_600_000)).toBeLessThan(60_000);
    const [user, password] = Buffer.from(data?.authorizationToken ?? "", "base64")
      .toString()
      .split(":");
    expect(user).toBe("AWS");
    expect(password?.length).toBeGreaterThan(100);
  });
});
