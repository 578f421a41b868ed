/** Secrets and parameters through signed requests, on real PostgreSQL. */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterRequest,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const Name = "prod/db";
const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const MISSING = "Secrets Manager can't find the specified secret.";

const create = (SecretString: string, more: object = {}) =>
  api.clients().secrets.send(new CreateSecretCommand({ Name, SecretString, ...more }));
const value = async (more: object = {}, SecretId = Name) =>
  (await api.clients().secrets.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString;
const put = (Parameter: Partial<PutParameterRequest>) =>
  api
    .clients()
    .ssm.send(new PutParameterCommand({ Name: "/app/url", Value: "v", Type: "String", ...Parameter }));

async function userWho(Action: string, Resource: string) {
  const { iam } = api.clients();
  await iam.send(new CreateUserCommand({ UserName: "ann" }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  return api.clients({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
}

describe("a secret", () => {
  test("is had by its name, its ARN and its ARN without the random end, and is never in plain in the database", async () => {
    const made = await create("hunter2", { Tags: [{ Key: "team", Value: "a" }] });
    expect(made.ARN).toMatch(
      new RegExp(`^arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:prod/db-[A-Za-z0-9]{6}$`),
    );
    for (const SecretId of [Name, made.ARN, made.ARN?.slice(0, -7)]) {
      expect(await value({}, SecretId)).toBe("hunter2");
    }
    const rows = await api.db.query("SELECT * FROM secrets JOIN secret_versions ON secret_id = id");
    expect(JSON.stringify(rows)).not.toContain("hunter2");
    const shown = await api.clients().secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(shown).toMatchObject({
      Name,
      Tags: [{ Key: "team", Value: "a" }],
      VersionIdsToStages: { [made.VersionId ?? ""]: ["AWSCURRENT"] },
    });
    const policy = await api.clients().secrets.send(new GetResourcePolicyCommand({ SecretId: Name }));
    expect(policy.ResourcePolicy).toBeUndefined();
  });

  test("changes by versions: the newest is current, the one before it is previous", async () => {
    const { secrets } = api.clients();
    const first = await create("one");
    const ClientRequestToken = "0123456789abcdef0123456789abcdef";
    const second = { SecretId: Name, SecretString: "two", ClientRequestToken };
    expect(await secrets.send(new PutSecretValueCommand(second))).toMatchObject({
      VersionId: ClientRequestToken,
      VersionStages: ["AWSCURRENT"],
    });
    await secrets.send(new PutSecretValueCommand(second));
    expect(await code(secrets.send(new PutSecretValueCommand({ ...second, SecretString: "x" })))).toBe(
      "ResourceExistsException",
    );
    expect(await value()).toBe("two");
    expect(await value({ VersionStage: "AWSPREVIOUS" })).toBe("one");
    expect(await value({ VersionId: first.VersionId })).toBe("one");
    await secrets.send(new UpdateSecretCommand({ SecretId: Name, SecretString: "three", Description: "d" }));
    expect(await value({ VersionStage: "AWSPREVIOUS" })).toBe("two");
    const staged = { SecretId: Name, SecretString: "four", VersionStages: ["next"] };
    await secrets.send(new PutSecretValueCommand(staged));
    expect([await value(), await value({ VersionStage: "next" })]).toEqual(["three", "four"]);
    expect((await refusal(value({ VersionStage: "nowhere" }))).message).toBe(
      "Secrets Manager can't find the specified secret value for staging label: nowhere",
    );
    expect(await code(value({ VersionId: first.VersionId, VersionStage: "AWSCURRENT" }))).toBe(
      "ResourceNotFoundException",
    );
  });

  test("may be bytes", async () => {
    const { secrets } = api.clients();
    const SecretBinary = Buffer.from([0, 255, 7]);
    await secrets.send(new CreateSecretCommand({ Name, SecretBinary }));
    const got = await secrets.send(new GetSecretValueCommand({ SecretId: Name }));
    expect([got.SecretString, Buffer.from(got.SecretBinary ?? [])]).toEqual([undefined, SecretBinary]);
    const both = secrets.send(new CreateSecretCommand({ Name: "b", SecretBinary, SecretString: "x" }));
    expect(await code(both)).toBe("InvalidParameterException");
  });

  test("is deleted after its window, comes back before it, or goes at once", async () => {
    const { secrets } = api.clients();
    const { ARN } = await create("one");
    const { DeletionDate } = await secrets.send(
      new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 }),
    );
    const days = ((DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
    expect(await refusal(value())).toMatchObject({
      code: "InvalidRequestException",
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
    expect(await code(create("again"))).toBe("InvalidRequestException");
    expect((await secrets.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
    const planned = await secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
    expect(planned.SecretList?.[0]?.DeletedDate).toBeInstanceOf(Date);
    await secrets.send(new RestoreSecretCommand({ SecretId: Name }));
    expect(await value()).toBe("one");
    await secrets.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    expect((await refusal(value())).message).toBe(MISSING);
    expect((await create("anew")).ARN).not.toBe(ARN);
    expect(await code(value({}, ARN))).toBe("ResourceNotFoundException");
    await secrets.send(new DeleteSecretCommand({ SecretId: Name }));
    await api.db.query("UPDATE secrets SET delete_at = now() - interval '1 second'");
    expect((await refusal(value())).message).toBe(MISSING);
    await create("after its time");
    const both = { SecretId: Name, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true };
    expect(await code(secrets.send(new DeleteSecretCommand(both)))).toBe("InvalidParameterException");
    expect(
      await code(secrets.send(new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 6 }))),
    ).toBe("InvalidParameterException");
  });

  test("is made once, tagged, and listed by pages and filters", async () => {
    const { secrets } = api.clients();
    await create("one");
    expect((await refusal(create("two"))).message).toBe(
      `The operation failed because the secret ${Name} already exists.`,
    );
    expect(await code(create("x", { Name: "a b" }))).toBe("InvalidParameterException");
    expect(await code(create("x", { Name: "k", KmsKeyId: "alias/mine" }))).toBe("InvalidParameterException");
    const token = { Name: "once", ClientRequestToken: "0123456789abcdef0123456789abcdef" };
    expect((await create("x", token)).VersionId).toBe((await create("x", token)).VersionId);
    expect(await code(create("y", token))).toBe("ResourceExistsException");
    await secrets.send(new TagResourceCommand({ SecretId: "once", Tags: [{ Key: "a", Value: "1" }] }));
    const first = await secrets.send(new ListSecretsCommand({ MaxResults: 1 }));
    const rest = await secrets.send(new ListSecretsCommand({ NextToken: first.NextToken }));
    const names = [...(first.SecretList ?? []), ...(rest.SecretList ?? [])].map((one) => one.Name);
    expect([names, rest.NextToken]).toEqual([["once", Name], undefined]);
    const tagged = await secrets.send(
      new ListSecretsCommand({ Filters: [{ Key: "tag-key", Values: ["a"] }] }),
    );
    expect(tagged.SecretList?.map((one) => one.Name)).toEqual(["once"]);
    await secrets.send(new UntagResourceCommand({ SecretId: "once", TagKeys: ["a"] }));
    const shown = await secrets.send(new DescribeSecretCommand({ SecretId: "once" }));
    expect(shown.Tags).toBeUndefined();
  });

  test("is shown to those alone who may read that very secret", async () => {
    const { ARN } = await create("one");
    await create("two", { Name: "other" });
    const { secrets } = await userWho("secretsmanager:GetSecretValue", ARN ?? "");
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString).toBe("one");
    const denied = await refusal(secrets.send(new GetSecretValueCommand({ SecretId: "other" })));
    expect(denied.message).toMatch(
      /is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:.*:secret:other-[A-Za-z0-9]{6} because/,
    );
    const elsewhere = api.clients(undefined, "eu-test-1").secrets;
    expect(await code(elsewhere.send(new GetSecretValueCommand({ SecretId: Name })))).toBe(
      "ResourceNotFoundException",
    );
  });
});

describe("a parameter", () => {
  test("is put, overwritten where that is said, and had by name, version and ARN", async () => {
    const { ssm } = api.clients();
    expect(await put({ Value: "one", Description: "d" })).toMatchObject({ Version: 1, Tier: "Standard" });
    expect((await refusal(put({ Value: "two" }))).message).toBe(
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
    expect((await put({ Value: "two", Overwrite: true, Type: undefined })).Version).toBe(2);
    const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/app/url`;
    for (const Name of ["/app/url", "/app/url:2", arn]) {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
      expect(Parameter).toMatchObject({
        Name: "/app/url",
        Type: "String",
        Value: "two",
        Version: 2,
        ARN: arn,
      });
    }
    expect(await code(ssm.send(new GetParameterCommand({ Name: "/app/url:1" })))).toBe(
      "ParameterVersionNotFound",
    );
    expect(await code(ssm.send(new GetParameterCommand({ Name: "/nowhere" })))).toBe("ParameterNotFound");
    const described = await ssm.send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "Equals", Values: ["/app/url"] }],
      }),
    );
    expect(described.Parameters).toMatchObject([{ Name: "/app/url", Description: "d", Version: 2 }]);
  });

  test("that is secure is sealed, and shows itself only decrypted", async () => {
    const { ssm } = api.clients();
    await put({ Name: "key", Value: "hunter2", Type: "SecureString" });
    const get = async (WithDecryption: boolean) =>
      (await ssm.send(new GetParameterCommand({ Name: "key", WithDecryption }))).Parameter?.Value;
    expect(await get(true)).toBe("hunter2");
    expect(await get(false)).not.toContain("hunter2");
    expect(JSON.stringify(await api.db.query("SELECT * FROM parameters"))).not.toContain("hunter2");
  });

  test("is had with others, by names and by path, and goes", async () => {
    const { ssm } = api.clients();
    for (const Name of ["/app/a", "/app/b", "/app/deep/c", "/apple"]) await put({ Name, Value: Name });
    const got = await ssm.send(new GetParametersCommand({ Names: ["/app/a", "/no", "/apple"] }));
    expect(got.Parameters?.map((one) => one.Value)).toEqual(["/app/a", "/apple"]);
    expect(got.InvalidParameters).toEqual(["/no"]);
    const under = async (Recursive: boolean) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: "/app", Recursive }))).Parameters?.map(
        (one) => one.Name,
      );
    expect(await under(false)).toEqual(["/app/a", "/app/b"]);
    expect(await under(true)).toEqual(["/app/a", "/app/b", "/app/deep/c"]);
    const first = await ssm.send(new GetParametersByPathCommand({ Path: "/app", MaxResults: 1 }));
    const rest = await ssm.send(new GetParametersByPathCommand({ Path: "/app", NextToken: first.NextToken }));
    expect(rest.Parameters?.map((one) => one.Name)).toEqual(["/app/b"]);
    const deleted = await ssm.send(new DeleteParametersCommand({ Names: ["/app/a", "/no"] }));
    expect(deleted).toMatchObject({ DeletedParameters: ["/app/a"], InvalidParameters: ["/no"] });
    await ssm.send(new DeleteParameterCommand({ Name: "/app/b" }));
    expect(await code(ssm.send(new DeleteParameterCommand({ Name: "/app/b" })))).toBe("ParameterNotFound");
  });

  test("carries tags", async () => {
    const { ssm } = api.clients();
    await put({ Tags: [{ Key: "a", Value: "1" }] });
    const tagged = { ResourceType: "Parameter", ResourceId: "/app/url" } as const;
    await ssm.send(new AddTagsToResourceCommand({ ...tagged, Tags: [{ Key: "b", Value: "2" }] }));
    await ssm.send(new RemoveTagsFromResourceCommand({ ...tagged, TagKeys: ["a"] }));
    expect((await ssm.send(new ListTagsForResourceCommand(tagged))).TagList).toEqual([
      { Key: "b", Value: "2" },
    ]);
    const nothing = ssm.send(new ListTagsForResourceCommand({ ...tagged, ResourceId: "/no" }));
    expect(await code(nothing)).toBe("InvalidResourceId");
  });

  test("is refused in Systems Manager's words", async () => {
    expect(await code(put({ Type: undefined }))).toBe("ValidationException");
    expect(await code(put({ Value: "x".repeat(4_097) }))).toBe("ValidationException");
    expect((await put({ Value: "x".repeat(4_097), Tier: "Advanced" })).Tier).toBe("Advanced");
    expect(await code(put({ Name: "/aws/x" }))).toBe("ValidationException");
    expect(await code(put({ Name: "a/b" }))).toBe("ValidationException");
    expect(await code(put({ Overwrite: true, Tags: [{ Key: "a", Value: "1" }] }))).toBe(
      "ValidationException",
    );
    expect(await code(put({ Name: "k", Type: "SecureString", KeyId: "alias/mine" }))).toBe("InvalidKeyId");
    expect((await put({ Name: "n", Value: "12", AllowedPattern: "^\\d+$" })).Version).toBe(1);
    expect(await refusal(put({ Name: "n", Value: "x", Overwrite: true }))).toMatchObject({
      code: "ParameterPatternMismatchException",
      message: "Parameter value, cannot be validated against allowedPattern: ^\\d+$",
    });
    const slow = { Name: "s", Value: `${"a".repeat(40)}!`, AllowedPattern: "^(a+)+$" };
    expect(await code(put(slow))).toBe("InvalidAllowedPatternException");
  });

  test("is shown to those alone who may read it", async () => {
    await put({});
    await put({ Name: "/other" });
    const { ssm } = await userWho("ssm:GetParameter*", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/app/*`);
    expect((await ssm.send(new GetParameterCommand({ Name: "/app/url" }))).Parameter?.Value).toBe("v");
    const both = ssm.send(new GetParametersCommand({ Names: ["/app/url", "/other"] }));
    expect((await refusal(both)).message).toContain(
      `is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/other`,
    );
  });
});
