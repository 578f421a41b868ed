import {
  CreateClusterCommand,
  DescribeClustersCommand,
  ListClustersCommand,
  ListTaskDefinitionsCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, test } from "vitest";
import { type Clients, type Credentials, createAccount } from "./support/account.ts";
import { ecsCall, type RawRequest, sendRaw, sendSigned, signRequest } from "./support/signed-request.ts";

const account = await createAccount();
const other = await createAccount();
afterAll(async () => {
  await account.close();
  await other.close();
});

const MINUTE_MS = 60_000;
const FORM = "application/x-www-form-urlencoded; charset=utf-8";
const UNKNOWN: Credentials = {
  accessKeyId: "AKIAUNKNOWNKEY000000",
  secretAccessKey: account.credentials.secretAccessKey,
};
const WRONG: Credentials = {
  accessKeyId: account.credentials.accessKeyId,
  secretAccessKey: "wrong".repeat(8),
};

const { endpoint, credentials } = account;
const json = (more: Partial<RawRequest> = {}): RawRequest => ({
  endpoint,
  credentials,
  ...ecsCall("ListClusters", "{}"),
  ...more,
});
const query = (more: Partial<RawRequest> = {}): RawRequest => ({
  endpoint,
  credentials,
  service: "iam",
  contentType: FORM,
  body: "Action=ListUsers&Version=2010-05-08",
  ...more,
});
const later = (ms: number) => new Date(Date.now() + ms);

async function unsigned(request: RawRequest) {
  const { headers, ...signed } = signRequest(request);
  const { authorization: _, ...rest } = headers;
  return sendRaw({ ...signed, headers: rest });
}

async function userWithKey(name: string, policy?: object): Promise<Clients & { readonly key: Credentials }> {
  await account.iam.send(new CreateUserCommand({ UserName: name }));
  const { AccessKey } = await account.iam.send(new CreateAccessKeyCommand({ UserName: name }));
  if (policy) await putPolicy(name, policy);
  const key = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  return { key, ...account.clientsFor(key) };
}

const putPolicy = (UserName: string, Statement: object) =>
  account.iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: "test",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );

describe("ECS refuses", () => {
  test("a request without credentials", async () => {
    expect(await unsigned(json())).toMatchObject({
      status: 403,
      code: "MissingAuthenticationTokenException",
    });
  });

  test("an unknown access key", async () => {
    expect(await sendSigned(json({ credentials: UNKNOWN }))).toMatchObject({
      status: 400,
      code: "UnrecognizedClientException",
      body: expect.stringContaining("The security token included in the request is invalid."),
    });
  });

  test("a wrong secret", async () => {
    expect(await sendSigned(json({ credentials: WRONG }))).toMatchObject({
      status: 400,
      code: "InvalidSignatureException",
    });
  });

  test.each([-6 * MINUTE_MS, 6 * MINUTE_MS])("a clock that is %i ms off", async (offset) => {
    const answer = await sendSigned(json({ at: later(offset) }));
    expect(answer).toMatchObject({ status: 400, code: "InvalidSignatureException" });
    expect(answer.body).toMatch(offset < 0 ? /Signature expired/ : /Signature not yet current/);
  });

  test.each([-4 * MINUTE_MS, 4 * MINUTE_MS])("not a clock that is %i ms off", async (offset) => {
    expect(await sendSigned(json({ at: later(offset) }))).toMatchObject({ status: 200 });
  });

  test("a body that was changed after signing", async () => {
    const signed = signRequest(json(ecsCall("CreateCluster", '{"clusterName":"mine"}')));
    const answer = await sendRaw({ ...signed, body: '{"clusterName":"evil"}' });
    expect(answer).toMatchObject({ status: 400, code: "InvalidSignatureException" });
    const { failures } = await account.ecs.send(new DescribeClustersCommand({ clusters: ["mine", "evil"] }));
    expect(failures).toHaveLength(2);
  });

  test("an operation that was changed after signing", async () => {
    const signed = signRequest(json());
    const headers = { ...signed.headers, "x-amz-target": json(ecsCall("DeleteCluster", "{}")).target ?? "" };
    expect(await sendRaw({ ...signed, headers })).toMatchObject({
      status: 400,
      code: "InvalidSignatureException",
    });
  });

  test("a signature made for another service", async () => {
    const answer = await sendSigned(json({ service: "s3" }));
    expect(answer).toMatchObject({ status: 400, code: "InvalidSignatureException" });
  });

  test("an authorization header in pieces", async () => {
    const signed = signRequest(json());
    const headers = {
      ...signed.headers,
      authorization: signed.headers.authorization?.split(", Signature")[0] ?? "",
    };
    expect(await sendRaw({ ...signed, headers })).toMatchObject({
      status: 400,
      code: "IncompleteSignatureException",
    });
  });
});

describe("IAM and STS, which speak the query protocol, refuse", () => {
  test("a request without credentials", async () => {
    expect(await unsigned(query())).toMatchObject({ status: 403, code: "MissingAuthenticationToken" });
  });

  test("an unknown access key", async () => {
    expect(await sendSigned(query({ credentials: UNKNOWN }))).toMatchObject({
      status: 403,
      code: "InvalidClientTokenId",
    });
  });

  test("a wrong secret", async () => {
    expect(await sendSigned(query({ credentials: WRONG }))).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
  });

  test.each([-6 * MINUTE_MS, 6 * MINUTE_MS])("a clock that is %i ms off", async (offset) => {
    expect(await sendSigned(query({ at: later(offset) }))).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
  });

  test("a body that was changed after signing", async () => {
    const answer = await sendRaw({
      ...signRequest(query()),
      body: "Action=ListUsers&Version=2010-05-08&MaxItems=1",
    });
    expect(answer).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
  });

  test("with an error the SDK can read", async () => {
    const { iam, sts } = account.clientsFor(WRONG);
    await expect(iam.send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      $metadata: { httpStatusCode: 403, requestId: expect.stringMatching(/./) },
    });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
    });
  });
});

describe("a key", () => {
  test("that was deactivated is refused at once, and accepted again when reactivated", async () => {
    const user = await userWithKey("switched", [
      { Effect: "Allow", Action: "ecs:ListClusters", Resource: "*" },
    ]);
    const update = { UserName: "switched", AccessKeyId: user.key.accessKeyId };
    await user.ecs.send(new ListClustersCommand({}));
    await account.iam.send(new UpdateAccessKeyCommand({ ...update, Status: "Inactive" }));
    await expect(user.ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
    await expect(user.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
    await account.iam.send(new UpdateAccessKeyCommand({ ...update, Status: "Active" }));
    await user.ecs.send(new ListClustersCommand({}));
  });
});

describe("a user", () => {
  test("without a policy may only ask who they are", async () => {
    const user = await userWithKey("nobody");
    const arn = `arn:aws:iam::${account.accountId}:user/nobody`;
    expect(await user.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: account.accountId,
      Arn: arn,
    });
    await expect(user.ecs.send(new CreateClusterCommand({ clusterName: "denied" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 400 },
      message: `User: ${arn} is not authorized to perform: ecs:CreateCluster on resource: arn:aws:ecs:us-east-1:${account.accountId}:cluster/denied because no identity-based policy allows the ecs:CreateCluster action`,
    });
    await expect(user.iam.send(new GetUserCommand({ UserName: "nobody" }))).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
    const { failures } = await account.ecs.send(new DescribeClustersCommand({ clusters: ["denied"] }));
    expect(failures).toMatchObject([{ reason: "MISSING" }]);
  });

  test("is denied explicitly, whatever else is allowed", async () => {
    const user = await userWithKey("denied", [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "ecs:CreateCluster", Resource: "arn:aws:ecs:*:*:cluster/prod-*" },
    ]);
    await user.ecs.send(new CreateClusterCommand({ clusterName: "dev-1" }));
    await expect(user.ecs.send(new CreateClusterCommand({ clusterName: "prod-1" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("with an explicit deny in an identity-based policy"),
    });
  });

  test("sees a policy's change at once", async () => {
    const user = await userWithKey("changing", [{ Effect: "Allow", Action: "ecs:List*", Resource: "*" }]);
    await user.ecs.send(new ListTaskDefinitionsCommand({}));
    await account.iam.send(new DeleteUserPolicyCommand({ UserName: "changing", PolicyName: "test" }));
    await expect(user.ecs.send(new ListTaskDefinitionsCommand({}))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await putPolicy("changing", [{ Effect: "Allow", Action: "ecs:ListTaskDefinitions", Resource: "*" }]);
    await user.ecs.send(new ListTaskDefinitionsCommand({}));
  });
});

describe("another account", () => {
  test("sees and touches nothing of this one", async () => {
    await account.ecs.send(new CreateClusterCommand({ clusterName: "private" }));
    await account.iam.send(new CreateUserCommand({ UserName: "private" }));
    const { clusterArns } = await other.ecs.send(new ListClustersCommand({}));
    expect(clusterArns).toEqual([`arn:aws:ecs:us-east-1:${other.accountId}:cluster/default`]);
    const own = await other.ecs.send(new DescribeClustersCommand({ clusters: ["private"] }));
    expect(own).toMatchObject({ clusters: [], failures: [{ reason: "MISSING" }] });
    const theirs = `arn:aws:ecs:us-east-1:${account.accountId}:cluster/private`;
    await expect(other.ecs.send(new DescribeClustersCommand({ clusters: [theirs] }))).rejects.toThrow();
    await expect(other.iam.send(new GetUserCommand({ UserName: "private" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });
});
