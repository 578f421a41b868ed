/** Repositories, images and registry passwords through signed requests, on real PostgreSQL. */
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  paginateDescribeRepositories,
} from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, useApi } from "./api.test-data.ts";

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
