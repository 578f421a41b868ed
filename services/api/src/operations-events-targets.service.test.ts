/** EventBridge's targets, API destinations and connections through signed requests, on real PostgreSQL. */
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionRequest,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DeleteRuleCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const Name = "hook";
const Rule = "stopped";
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/events`;
const events = () => api.clients().events;
const arnOf = (rest: string) => `arn:aws:events:${REGION}:${ACCOUNT}:${rest}`;

const API_KEY: CreateConnectionRequest = {
  Name,
  AuthorizationType: "API_KEY",
  AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "open sesame" } },
};

async function aDestination(endpoint = "http://127.0.0.1:9/hook") {
  const { ConnectionArn } = await events().send(new CreateConnectionCommand(API_KEY));
  const destination = { Name, ConnectionArn, InvocationEndpoint: endpoint, HttpMethod: "POST" } as const;
  const made = await events().send(new CreateApiDestinationCommand(destination));
  return { ...destination, Arn: made.ApiDestinationArn ?? "" };
}

const aRule = () =>
  events().send(new PutRuleCommand({ Name: Rule, EventPattern: JSON.stringify({ source: ["aws.ecs"] }) }));
const putTargets = (...Targets: readonly Target[]) =>
  events().send(new PutTargetsCommand({ Rule, Targets: [...Targets] }));
const targets = async () => (await events().send(new ListTargetsByRuleCommand({ Rule }))).Targets;

describe("targets", () => {
  test("are put, replaced, listed and removed; a rule that has some stays", async () => {
    const { Arn } = await aDestination();
    await aRule();
    const first: Target = {
      Id: "1",
      Arn,
      RoleArn,
      InputTransformer: { InputPathsMap: { s: "$.detail.lastStatus" }, InputTemplate: '"<s>"' },
      HttpParameters: {
        PathParameterValues: ["a"],
        HeaderParameters: { h: "1" },
        QueryStringParameters: { q: "1" },
      },
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    };
    const second: Target = { Id: "2", Arn, RoleArn, InputPath: "$.detail" };
    expect(await putTargets(first, second)).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    expect(await targets()).toEqual([first, second]);
    const constant: Target = { Id: "2", Arn, RoleArn, Input: '{"a": 1}' };
    await putTargets(constant);
    expect(await targets()).toEqual([first, constant]);
    const named = await events().send(new ListRuleNamesByTargetCommand({ TargetArn: Arn }));
    expect(named.RuleNames).toEqual([Rule]);
    expect(await refusal(events().send(new DeleteRuleCommand({ Name: Rule })))).toMatchObject({
      code: "ValidationException",
      message: "Rule can't be deleted since it has targets.",
    });
    const removed = await events().send(new RemoveTargetsCommand({ Rule, Ids: ["1", "2", "3"] }));
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: "3" }] });
    expect(await targets()).toEqual([]);
    await events().send(new DeleteRuleCommand({ Name: Rule }));
  });

  test.each<[string, Partial<Target>, RegExp]>([
    ["of a queue", { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` }, /not supported by this server/],
    ["with a dead letter queue", { DeadLetterConfig: { Arn: "arn:x" } }, /DeadLetterConfig/],
    ["without a role", { RoleArn: undefined }, /RoleArn is required/],
    ["with two kinds of input", { Input: "{}", InputPath: "$" }, /Only one of/],
    ["with input that is no JSON", { Input: "{" }, /Invalid JSON/],
    ["with a path that is none", { InputPath: "detail" }, /Invalid JsonPath/],
    ["of a destination that is not there", { Arn: arnOf("api-destination/x/1") }, /'x' does not exist/],
  ])("%s are refused, all of the request", async (_name, more, message) => {
    const { Arn } = await aDestination();
    await aRule();
    const refused = await refusal(putTargets({ Id: "1", Arn, RoleArn }, { Id: "2", Arn, RoleArn, ...more }));
    expect(refused.status).toBe(400);
    expect(refused.message).toMatch(message);
    expect(await targets()).toEqual([]);
  });

  test("may be log groups of the same account and region, for those who may write into them", async () => {
    await aRule();
    const Arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/events/all`;
    await putTargets({ Id: "1", Arn });
    expect(await targets()).toEqual([{ Id: "1", Arn }]);
    const elsewhere = putTargets({ Id: "2", Arn: Arn.replace(REGION, "eu-test-1") });
    expect((await refusal(elsewhere)).message).toMatch(/other accounts and regions/);

    const { iam } = api.clients();
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const Statement = [{ Effect: "Allow", Action: "events:*", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const ann = api.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }).events;
    const asked = ann.send(new PutTargetsCommand({ Rule, Targets: [{ Id: "3", Arn }] }));
    expect((await refusal(asked)).code).toBe("AccessDeniedException");
  });

  test("are no more than five of a rule", async () => {
    const { Arn } = await aDestination();
    await aRule();
    const six = [1, 2, 3, 4, 5, 6].map((id) => ({ Id: String(id), Arn, RoleArn }));
    expect((await refusal(putTargets(...six))).code).toBe("LimitExceededException");
  });
});

describe("a connection", () => {
  const described = () => events().send(new DescribeConnectionCommand({ Name }));

  test("is described without what is secret, which no row holds in the open", async () => {
    const made = await events().send(
      new CreateConnectionCommand({
        ...API_KEY,
        Description: "d",
        AuthParameters: {
          ...API_KEY.AuthParameters,
          InvocationHttpParameters: {
            HeaderParameters: [
              { Key: "a", Value: "seen", IsValueSecret: false },
              { Key: "b", Value: "unseen", IsValueSecret: true },
            ],
          },
        },
      }),
    );
    expect(made.ConnectionArn).toMatch(new RegExp(`^${arnOf("connection/hook/")}[0-9a-f-]{36}$`));
    expect(made.ConnectionState).toBe("AUTHORIZED");
    const shown = await described();
    expect(shown).toMatchObject({ Name, Description: "d", AuthorizationType: "API_KEY" });
    expect(shown.AuthParameters).toEqual({
      ApiKeyAuthParameters: { ApiKeyName: "x-key" },
      InvocationHttpParameters: {
        HeaderParameters: [
          { Key: "a", Value: "seen", IsValueSecret: false },
          { Key: "b", IsValueSecret: true },
        ],
        QueryStringParameters: [],
        BodyParameters: [],
      },
    });
    const rows = JSON.stringify(await api.db.query("SELECT * FROM event_connections"));
    expect(rows).not.toMatch(/open sesame|unseen/);
  });

  test("keeps what an update leaves out, and goes; what it called through is inactive then", async () => {
    await aDestination();
    const again = events().send(new CreateConnectionCommand(API_KEY));
    expect((await refusal(again)).code).toBe("ResourceAlreadyExistsException");
    const BasicAuthParameters = { Username: "ann", Password: "pw" };
    await events().send(
      new UpdateConnectionCommand({
        Name,
        AuthorizationType: "BASIC",
        AuthParameters: { BasicAuthParameters },
      }),
    );
    await events().send(new UpdateConnectionCommand({ Name, Description: "later" }));
    expect(await described()).toMatchObject({
      Description: "later",
      AuthorizationType: "BASIC",
      AuthParameters: { BasicAuthParameters: { Username: "ann" } },
    });
    const listed = await events().send(new ListConnectionsCommand({ NamePrefix: "ho" }));
    expect(listed.Connections).toMatchObject([{ Name, AuthorizationType: "BASIC" }]);
    await events().send(new DeleteConnectionCommand({ Name }));
    expect((await refusal(described())).code).toBe("ResourceNotFoundException");
    const destination = await events().send(new DescribeApiDestinationCommand({ Name }));
    expect(destination.ApiDestinationState).toBe("INACTIVE");
  });

  test.each<[string, Partial<CreateConnectionRequest>]>([
    ["OAuth", { AuthorizationType: "OAUTH_CLIENT_CREDENTIALS" }],
    ["a key of KMS", { KmsKeyIdentifier: "alias/k" }],
    ["parameters of another kind", { AuthorizationType: "BASIC" }],
  ])("with %s is refused", async (_name, more) => {
    const asked = events().send(new CreateConnectionCommand({ ...API_KEY, ...more }));
    expect(await refusal(asked)).toMatchObject({ code: "ValidationException", status: 400 });
  });
});

describe("an API destination", () => {
  test("is described as it was made, updated and deleted", async () => {
    const made = await aDestination();
    const described = () => events().send(new DescribeApiDestinationCommand({ Name }));
    expect(await described()).toMatchObject({
      ApiDestinationArn: made.Arn,
      ApiDestinationState: "ACTIVE",
      ConnectionArn: made.ConnectionArn,
      HttpMethod: "POST",
      InvocationEndpoint: made.InvocationEndpoint,
      InvocationRateLimitPerSecond: 300,
    });
    const InvocationEndpoint = "https://example.com/*";
    await events().send(new UpdateApiDestinationCommand({ Name, InvocationEndpoint, HttpMethod: "PUT" }));
    expect(await described()).toMatchObject({ InvocationEndpoint, HttpMethod: "PUT" });
    const listed = await events().send(
      new ListApiDestinationsCommand({ ConnectionArn: made.ConnectionArn ?? "" }),
    );
    expect(listed.ApiDestinations?.map((one) => one.ApiDestinationArn)).toEqual([made.Arn]);
    await events().send(new DeleteApiDestinationCommand({ Name }));
    expect((await refusal(described())).code).toBe("ResourceNotFoundException");
  });

  test.each(["ftp://example.com/", "http://ann:pw@example.com/", "nowhere"])(
    "that is to call %s is refused",
    async (endpoint) => {
      const { ConnectionArn } = await events().send(new CreateConnectionCommand(API_KEY));
      const asked = events().send(
        new CreateApiDestinationCommand({
          Name,
          ConnectionArn,
          InvocationEndpoint: endpoint,
          HttpMethod: "POST",
        }),
      );
      expect((await refusal(asked)).code).toBe("ValidationException");
    },
  );

  test("needs a connection that is there", async () => {
    const asked = events().send(
      new CreateApiDestinationCommand({
        Name,
        ConnectionArn: arnOf("connection/none/00000000-0000-0000-0000-000000000000"),
        InvocationEndpoint: "https://example.com/",
        HttpMethod: "POST",
      }),
    );
    expect((await refusal(asked)).code).toBe("ResourceNotFoundException");
  });
});

describe("events that are put", () => {
  test("are logged with the id that is answered, each entry for itself", async () => {
    const entry = { Source: "shop", DetailType: "Order", Detail: '{"n": 1}' };
    const answer = await events().send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Resources: ["r"], Time: new Date("2020-01-01T00:00:00Z") },
          { ...entry, Source: "aws.ecs" },
          { ...entry, Detail: "[]" },
          { ...entry, Detail: undefined },
        ],
      }),
    );
    expect(answer.FailedEntryCount).toBe(3);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "NotAuthorizedForSourceException",
      "MalformedDetail",
      "InvalidArgument",
    ]);
    const rows = await api.db.query("SELECT object_id, version, detail FROM events WHERE kind = 'custom'");
    expect(rows).toEqual([
      {
        object_id: answer.Entries?.[0]?.EventId,
        version: 1,
        detail: {
          source: "shop",
          detailType: "Order",
          resources: ["r"],
          detail: '{"n": 1}',
          timeMs: 1_577_836_800_000,
        },
      },
    ]);
  });

  test("for another bus or through an endpoint are refused", async () => {
    const Entries = [{ Source: "shop", DetailType: "Order", Detail: "{}" }];
    const other = new PutEventsCommand({
      Entries: Entries.map((one) => ({ ...one, EventBusName: "other" })),
    });
    expect((await refusal(events().send(other))).code).toBe("ResourceNotFoundException");
  });
});
