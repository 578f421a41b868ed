/** IAM, STS and refusals through signed requests, on real PostgreSQL. */
import { CreateClusterCommand, ListClustersCommand } from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { ACCOUNT, type Keys, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const allow = (...actions: string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });

async function aUser(name: string, policy?: string) {
  const { iam } = api.clients();
  await iam.send(new CreateUserCommand({ UserName: name }));
  if (policy)
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "p", PolicyDocument: policy }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const keys: Keys = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  return { keys, ...api.clients(keys) };
}

describe("a user", () => {
  test("lives with keys and policies, and goes once those are gone", async () => {
    const { iam } = api.clients();
    const Tags = [{ Key: "team", Value: "a" }];
    const { User } = await iam.send(new CreateUserCommand({ UserName: "ann", Path: "/ops/", Tags }));
    expect(User).toMatchObject({ UserName: "ann", Arn: `arn:aws:iam::${ACCOUNT}:user/ops/ann`, Tags });
    expect((await iam.send(new GetUserCommand({ UserName: "ANN" }))).User).toMatchObject({
      UserId: User?.UserId,
      Tags,
    });

    const UserName = "ann";
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    await iam.send(new CreateAccessKeyCommand({ UserName }));
    expect(await refusal(iam.send(new CreateAccessKeyCommand({ UserName })))).toEqual({
      code: "LimitExceeded",
      message: "Cannot exceed quota for AccessKeysPerUser: 2",
      status: 409,
    });
    const document = allow("ecs:*", "iam:Get*");
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document }));
    const policy = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "p" }));
    expect(decodeURIComponent(policy.PolicyDocument ?? "")).toBe(document);
    expect((await iam.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames).toEqual(["p"]);

    const remove = () => iam.send(new DeleteUserCommand({ UserName }));
    expect(await refusal(remove())).toMatchObject({
      code: "DeleteConflict",
      message: "Cannot delete entity, must delete access keys first.",
      status: 409,
    });
    const keys = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(keys.AccessKeyMetadata?.map(({ Status }) => Status)).toEqual(["Active", "Active"]);
    expect(keys.AccessKeyMetadata?.map((key) => key.AccessKeyId)).toContain(AccessKey?.AccessKeyId);
    for (const { AccessKeyId } of keys.AccessKeyMetadata ?? []) {
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    }
    expect((await refusal(remove())).message).toBe("Cannot delete entity, must delete policies first.");
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
    await remove();
    expect(await refusal(iam.send(new GetUserCommand({ UserName })))).toEqual({
      code: "NoSuchEntity",
      message: "The user with name ann cannot be found.",
      status: 404,
    });
  });

  test("is refused in IAM's words", async () => {
    const { iam } = api.clients();
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
    const UserName = "ann";
    expect(await code(iam.send(new CreateUserCommand({ UserName: "Ann" })))).toBe("EntityAlreadyExists");
    expect(await code(iam.send(new CreateUserCommand({ UserName: "a b" })))).toBe("ValidationError");
    expect(await code(iam.send(new CreateUserCommand({ UserName: "x", Path: "ops" })))).toBe(
      "ValidationError",
    );
    const key = { UserName, AccessKeyId: "AKIA2222222222222222" };
    expect(await code(iam.send(new DeleteAccessKeyCommand(key)))).toBe("NoSuchEntity");
    expect(await code(iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" })))).toBe(
      "NoSuchEntity",
    );
    expect(await code(iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "p" })))).toBe(
      "NoSuchEntity",
    );
    expect(await code(iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" })))).toBe(
      "NoSuchEntity",
    );
    expect(await code(iam.send(new DeleteUserCommand({ UserName: "nobody" })))).toBe("NoSuchEntity");
    const put = (PolicyDocument: string) =>
      code(iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument })));
    expect(await put("{}")).toBe("MalformedPolicyDocument");
    expect(await put("not json")).toBe("MalformedPolicyDocument");
    expect(await put(allow(...Array.from({ length: 300 }, (_, i) => `ecs:Action${i}`)))).toBe(
      "LimitExceeded",
    );
    const group = iam.send(new CreateGroupCommand({ GroupName: "g" }));
    expect(await refusal(group)).toMatchObject({ code: "UnsupportedOperation", status: 400 });
    expect((await iam.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames).toEqual([]);
  });

  test("is listed in pages that a marker joins, each once", async () => {
    const { iam } = api.clients();
    for (const UserName of ["b", "A", "c", "D"]) await iam.send(new CreateUserCommand({ UserName }));
    const names: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.send(new ListUsersCommand({ MaxItems: 2, ...(Marker ? { Marker } : {}) }));
      expect(page.IsTruncated).toBe(page.Marker !== undefined);
      names.push(...(page.Users ?? []).map(({ UserName }) => UserName ?? ""));
      Marker = page.Marker;
    } while (Marker);
    expect(names).toEqual(["A", "administrator", "b", "c", "D"]);
    expect((await refusal(iam.send(new ListUsersCommand({ Marker: "made-up" })))).code).toBe(
      "ValidationError",
    );
  });

  test("has policies that are listed in pages whatever the case of their names", async () => {
    const { iam } = api.clients();
    const UserName = "ann";
    await iam.send(new CreateUserCommand({ UserName }));
    for (const PolicyName of ["b", "A", "c"]) {
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: allow("ecs:*") }));
    }
    const first = await iam.send(new ListUserPoliciesCommand({ UserName, MaxItems: 1 }));
    const rest = await iam.send(new ListUserPoliciesCommand({ UserName, Marker: first.Marker }));
    expect([...(first.PolicyNames ?? []), ...(rest.PolicyNames ?? [])]).toEqual(["A", "b", "c"]);
  });
});

describe("a caller", () => {
  test("learns who it is, whatever it may do", async () => {
    const ann = await aUser("ann");
    const identity = await ann.sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/ann` });
    expect(
      (await ann.iam.send(new GetUserCommand({})).catch((error: Error) => error.message)) as string,
    ).toContain("is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/ann");
  });

  test("without the permission is denied in the words and status of the protocol it spoke", async () => {
    const ann = await aUser("ann", allow("ecs:ListClusters"));
    expect((await ann.ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    expect(await refusal(ann.ecs.send(new CreateClusterCommand({ clusterName: "c" })))).toEqual({
      code: "AccessDeniedException",
      message: `User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform: ecs:CreateCluster on resource: arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/c because no identity-based policy allows the ecs:CreateCluster action`,
      status: 400,
    });
    expect(await refusal(ann.iam.send(new ListUsersCommand({})))).toMatchObject({
      code: "AccessDenied",
      status: 403,
    });
    expect(await api.db.query("SELECT 1 FROM clusters")).toEqual([]);
  });

  test("obeys an explicit deny over every allow, at once when the policy changes", async () => {
    const ann = await aUser("ann", allow("*"));
    await ann.ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Action: "ecs:Create*", Resource: "*" },
    });
    await api
      .clients()
      .iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "no", PolicyDocument }));
    const denied = await refusal(ann.ecs.send(new CreateClusterCommand({ clusterName: "d" })));
    expect(denied.message).toContain("with an explicit deny in an identity-based policy");
    await ann.ecs.send(new ListClustersCommand({}));
    await api.clients().iam.send(new DeleteUserPolicyCommand({ UserName: "ann", PolicyName: "no" }));
    await ann.ecs.send(new CreateClusterCommand({ clusterName: "d" }));
  });

  test("whose key is deactivated or deleted is refused at once, and let in again at once", async () => {
    const { iam } = api.clients();
    const ann = await aUser("ann", allow("ecs:*"));
    const { accessKeyId: AccessKeyId } = ann.keys;
    const ask = () => ann.ecs.send(new ListClustersCommand({}));
    const set = (Status: "Active" | "Inactive") =>
      iam.send(new UpdateAccessKeyCommand({ UserName: "ann", AccessKeyId, Status }));
    await ask();
    await set("Inactive");
    const refused = { code: "UnrecognizedClientException", message: expect.any(String), status: 400 };
    expect(await refusal(ask())).toEqual(refused);
    await set("Active");
    await ask();
    await iam.send(new DeleteAccessKeyCommand({ UserName: "ann", AccessKeyId }));
    expect(await refusal(ask())).toEqual(refused);
  });

  test("unknown, with a wrong secret or for an unknown region is refused", async () => {
    const { administrator } = api;
    const nobody = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "x" };
    const code = async (keys: Keys, region?: string) =>
      (await refusal(api.clients(keys, region).ecs.send(new ListClustersCommand({})))).code;
    expect(await code(nobody)).toBe("UnrecognizedClientException");
    expect(await code({ ...administrator(), secretAccessKey: "wrong" })).toBe("InvalidSignatureException");
    expect(await code(administrator(), "mars-1")).toBe("InvalidSignatureException");
    const sts = await refusal(api.clients(nobody).sts.send(new GetCallerIdentityCommand({})));
    expect(sts).toMatchObject({ code: "InvalidClientTokenId", status: 403 });
  });
});
