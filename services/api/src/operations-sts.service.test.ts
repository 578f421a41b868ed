/** Sessions of roles: how they begin, what they may do and how they end, on real PostgreSQL. */
import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type AssumeRoleRequest, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { ACCOUNT, type Keys, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const NAME = "app";
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${NAME}`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const policy = (Effect: "Allow" | "Deny", ...Action: string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect, Action, Resource: "*" }] });
const trusting = (Principal: object, Condition?: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition ? { Condition } : {}) },
    ],
  });

async function aRole(trust: string, ...actions: string[]): Promise<void> {
  const { iam } = api.clients();
  await iam.send(new CreateRoleCommand({ RoleName: NAME, AssumeRolePolicyDocument: trust }));
  if (actions.length === 0) return;
  const PolicyDocument = policy("Allow", ...actions);
  await iam.send(new PutRolePolicyCommand({ RoleName: NAME, PolicyName: "p", PolicyDocument }));
}

async function aUser(UserName: string, document?: string) {
  const { iam } = api.clients();
  await iam.send(new CreateUserCommand({ UserName }));
  if (document)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return api.clients({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
}

const assume = (clients = api.clients(), more: Partial<AssumeRoleRequest> = {}) =>
  clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s1", ...more }));

async function aSession(more: Partial<AssumeRoleRequest> = {}) {
  const { Credentials } = await assume(api.clients(), more);
  const keys: Keys = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  return { keys, ...api.clients(keys) };
}

describe("a session", () => {
  test("is the role: by name, in what it may do, and in what it may not", async () => {
    await aRole(trusting({ AWS: ROOT }), "ecs:List*");
    const answer = await assume(api.clients(), { DurationSeconds: 900 });
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${NAME}/s1`;
    expect(answer.AssumedRoleUser).toMatchObject({
      Arn: arn,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{16}:s1$/),
    });
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    const lasts = (answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now();
    expect(lasts).toBeGreaterThan(880_000);
    expect(lasts).toBeLessThanOrEqual(900_000);

    const session = await aSession();
    expect(await session.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: ACCOUNT,
      Arn: arn,
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
    });
    await session.ecs.send(new ListClustersCommand({}));
    expect(await refusal(session.ecs.send(new CreateClusterCommand({ clusterName: "c" })))).toEqual({
      code: "AccessDeniedException",
      message: `User: ${arn} is not authorized to perform: ecs:CreateCluster on resource: arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/c because no identity-based policy allows the ecs:CreateCluster action`,
      status: 400,
    });
  });

  test("may at once what its role may from now on, by inline and by managed policies", async () => {
    const { iam } = api.clients();
    await aRole(trusting({ AWS: ROOT }), "ecs:ListClusters");
    const session = await aSession();
    const list = () => session.ecs.send(new ListClustersCommand({}));
    await list();
    await iam.send(new DeleteRolePolicyCommand({ RoleName: NAME, PolicyName: "p" }));
    expect((await refusal(list())).code).toBe("AccessDeniedException");
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await iam.send(new AttachRolePolicyCommand({ RoleName: NAME, PolicyArn }));
    await list();
  });

  test("narrowed by a policy of its own may only what both allow", async () => {
    await aRole(trusting({ AWS: ROOT }), "ecs:*");
    const session = await aSession({ Policy: policy("Allow", "ecs:ListClusters", "ecr:*") });
    await session.ecs.send(new ListClustersCommand({}));
    const denied = await refusal(session.ecs.send(new CreateClusterCommand({ clusterName: "c" })));
    expect(denied.message).toContain("because no session policy allows the ecs:CreateCluster action");
    const ecr = await refusal(session.ecr.send(new GetAuthorizationTokenCommand({})));
    expect(ecr.message).toContain("because no identity-based policy allows");
  });

  test("without its token, with another's, or with a changed one is nobody", async () => {
    await aRole(trusting({ AWS: ROOT }), "ecs:*");
    const { keys } = await aSession();
    const other = await aSession();
    const ask = (given: Keys) => refusal(api.clients(given).ecs.send(new ListClustersCommand({})));
    const { accessKeyId, secretAccessKey, sessionToken = "" } = keys;
    const flipped = sessionToken.slice(0, -3) + (sessionToken.endsWith("AAA") ? "BBB" : "AAA");
    const nobody = { code: "UnrecognizedClientException", message: expect.any(String), status: 400 };
    expect(await ask({ accessKeyId, secretAccessKey })).toEqual(nobody);
    expect(await ask({ ...keys, sessionToken: flipped })).toEqual(nobody);
    expect(await ask({ ...keys, sessionToken: other.keys.sessionToken ?? "" })).toEqual(nobody);
    expect(await ask({ ...api.administrator(), sessionToken })).toEqual(nobody);
    expect((await ask({ ...keys, secretAccessKey: "x" })).code).toBe("InvalidSignatureException");
  });

  test("ends with its role, also when a role of the same name comes", async () => {
    await aRole(trusting({ AWS: ROOT }));
    const session = await aSession();
    await session.sts.send(new GetCallerIdentityCommand({}));
    await api.clients().iam.send(new DeleteRoleCommand({ RoleName: NAME }));
    const ask = () => refusal(session.sts.send(new GetCallerIdentityCommand({})));
    expect(await ask()).toMatchObject({ code: "InvalidClientTokenId", status: 403 });
    await aRole(trusting({ AWS: ROOT }));
    expect((await ask()).code).toBe("InvalidClientTokenId");
  });

  test("begins another session for an hour at most", async () => {
    await aRole(trusting({ AWS: ROOT }), "sts:AssumeRole");
    const session = await aSession();
    await assume(session);
    const long = await refusal(assume(session, { DurationSeconds: 3_601 }));
    expect(long).toMatchObject({ code: "ValidationError", status: 400 });
    expect((await refusal(assume(api.clients(), { DurationSeconds: 3_601 }))).message).toBe(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  });
});

describe("a role", () => {
  test("that names a user needs no policy of theirs, and one that names the account does", async () => {
    const ann = await aUser("ann");
    const bob = await aUser("bob");
    await aRole(trusting({ AWS: `arn:aws:iam::${ACCOUNT}:user/ann` }));
    await assume(ann);
    expect(await refusal(assume(bob))).toEqual({
      code: "AccessDenied",
      message: `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      status: 403,
    });
    await api.clients().iam.send(new DeleteRoleCommand({ RoleName: NAME }));
    await aRole(trusting({ AWS: ROOT }));
    expect((await refusal(assume(ann))).code).toBe("AccessDenied");
    const AdministratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess";
    await api
      .clients()
      .iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: AdministratorAccess }));
    await assume(ann);
  });

  test("that trusts a user is still denied to one whose own policy denies it", async () => {
    const ann = await aUser("ann", policy("Deny", "sts:*"));
    await aRole(trusting({ AWS: `arn:aws:iam::${ACCOUNT}:user/ann` }));
    expect((await refusal(assume(ann))).code).toBe("AccessDenied");
  });

  test("asks for its external id, and trusts nobody where it trusts a service", async () => {
    await aRole(trusting({ AWS: ROOT }, { StringEquals: { "sts:ExternalId": "shared" } }));
    await assume(api.clients(), { ExternalId: "shared" });
    expect((await refusal(assume())).code).toBe("AccessDenied");
    expect((await refusal(assume(api.clients(), { ExternalId: "other" }))).code).toBe("AccessDenied");
    await api.clients().iam.send(new DeleteRoleCommand({ RoleName: NAME }));
    await aRole(trusting({ Service: "ecs-tasks.amazonaws.com" }));
    expect((await refusal(assume())).code).toBe("AccessDenied");
  });

  test("that is not there is refused as one that may not be assumed; what is not built is said", async () => {
    expect((await refusal(assume())).code).toBe("AccessDenied");
    expect((await refusal(assume(api.clients(), { RoleArn: "arn:aws:iam::1:user/some/one" }))).code).toBe(
      "ValidationError",
    );
    await aRole(trusting({ AWS: ROOT }));
    const tagged = assume(api.clients(), { Tags: [{ Key: "a", Value: "b" }] });
    expect((await refusal(tagged)).code).toBe("UnsupportedOperation");
    expect((await refusal(assume(api.clients(), { Policy: "{}" }))).code).toBe("MalformedPolicyDocument");
  });
});

describe("a launch", () => {
  test("is refused a role that is not there or does not trust tasks, in ECS's words", async () => {
    const { ecs, iam } = api.clients();
    await ecs.send(new CreateClusterCommand({ clusterName: "default" }));
    const containerDefinitions = [{ name: "app", image: "busybox", memory: 64 }];
    const run = async (role: { taskRoleArn?: string; executionRoleArn?: string }) => {
      await ecs.send(new RegisterTaskDefinitionCommand({ family: "f", containerDefinitions, ...role }));
      return refusal(ecs.send(new RunTaskCommand({ taskDefinition: "f" })));
    };
    const refused = {
      code: "ClientException",
      message: `ECS was unable to assume the role '${RoleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      status: 400,
    };
    expect(await run({ taskRoleArn: RoleArn })).toEqual(refused);
    await aRole(trusting({ AWS: ROOT }));
    expect(await run({ executionRoleArn: RoleArn })).toEqual(refused);
    expect(await run({ taskRoleArn: NAME })).toEqual(refused);
    await iam.send(new DeleteRoleCommand({ RoleName: NAME }));
    await aRole(trusting({ Service: "ecs-tasks.amazonaws.com" }));
    // Past its roles it fails for another reason: the cluster has no machine.
    for (const role of [{ taskRoleArn: RoleArn }, { executionRoleArn: NAME }]) {
      expect((await run(role)).code).toBe("InvalidParameterException");
    }
    const elsewhere = RoleArn.replace(ACCOUNT, "999900001111");
    expect((await run({ taskRoleArn: elsewhere })).message).toContain("unable to assume the role");
  });
});
