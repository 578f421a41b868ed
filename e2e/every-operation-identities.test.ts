import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { pagesOf } from "./support/pages.ts";

const account = await createAccount();
afterAll(() => account.close());
const { accountId, iam, sts } = account;

describe("identities", () => {
  test("say who they are", async () => {
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      Arn: expect.stringContaining(`arn:aws:iam::${accountId}:`),
      UserId: expect.any(String),
    });
  });

  test("are made, given keys and policies, listed in pages, and taken away", async () => {
    const UserName = "mate";
    const { User } = await iam.send(new CreateUserCommand({ UserName, Path: "/crew/" }));
    expect(User).toMatchObject({
      Arn: `arn:aws:iam::${accountId}:user/crew/mate`,
      Path: "/crew/",
      CreateDate: expect.any(Date),
    });
    await expect(iam.send(new CreateUserCommand({ UserName }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
    });
    expect((await iam.send(new GetUserCommand({ UserName }))).User).toMatchObject({ UserId: User?.UserId });

    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const key = { UserName, AccessKeyId: AccessKey?.AccessKeyId ?? "" };
    expect(AccessKey).toMatchObject({ Status: "Active", SecretAccessKey: expect.any(String) });
    await iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    expect((await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata).toMatchObject([
      { ...key, Status: "Inactive" },
    ]);

    const policy = { UserName, PolicyName: "reads" };
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecs:List*", Resource: "*" }],
    });
    await iam.send(new PutUserPolicyCommand({ ...policy, PolicyDocument: document }));
    const read = await iam.send(new GetUserPolicyCommand(policy));
    // IAM answers policy documents percent-encoded (RFC 3986).
    expect(JSON.parse(decodeURIComponent(read.PolicyDocument ?? ""))).toEqual(JSON.parse(document));

    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    await iam.send(new DeleteUserPolicyCommand(policy));
    await iam.send(new DeleteAccessKeyCommand(key));
    for (const name of ["a", "b"]) await iam.send(new CreateUserCommand({ UserName: name }));
    const { all, count } = await pagesOf(paginateListUsers({ client: iam, pageSize: 1 }, {}), (p) => p.Users);
    expect(all.map((user) => user.UserName)).toEqual(expect.arrayContaining(["a", "b", UserName]));
    expect(count).toBe(all.length);
    for (const name of ["a", "b", UserName]) await iam.send(new DeleteUserCommand({ UserName: name }));
    await expect(iam.send(new GetUserCommand({ UserName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await expect(iam.send(new GetUserPolicyCommand(policy))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await expect(
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: "{}" })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: expect.toSatisfy((code: number) => code < 500) },
    });
  });
});
