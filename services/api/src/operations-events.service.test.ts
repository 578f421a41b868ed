/** EventBridge through signed requests, on real PostgreSQL. */
import {
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  PutRuleCommand,
  type PutRuleRequest,
  TagResourceCommand,
  TestEventPatternCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const Name = "stopped";
const EventPattern = JSON.stringify({ source: ["aws.ecs"], detail: { lastStatus: ["STOPPED"] } });
const ruleArn = (name = Name) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;
const events = () => api.clients().events;
const put = (more: Partial<PutRuleRequest> = {}) =>
  events().send(new PutRuleCommand({ Name, EventPattern, ...more }));
const described = (name = Name) => events().send(new DescribeRuleCommand({ Name: name }));

describe("a rule", () => {
  test("is described as it was put, and is replaced in everything but its tags", async () => {
    const made = await put({ Description: "what stopped", Tags: [{ Key: "team", Value: "a" }] });
    expect(made.RuleArn).toBe(ruleArn());
    expect(await described()).toMatchObject({
      Name,
      Arn: ruleArn(),
      EventPattern,
      State: "ENABLED",
      Description: "what stopped",
      EventBusName: "default",
      CreatedBy: ACCOUNT,
    });
    await put({ State: "DISABLED", Tags: [{ Key: "team", Value: "b" }] });
    const after = await described();
    expect(after.State).toBe("DISABLED");
    expect(after.Description).toBeUndefined();
    const { Tags } = await events().send(new ListTagsForResourceCommand({ ResourceARN: ruleArn() }));
    expect(Tags).toEqual([{ Key: "team", Value: "a" }]);
  });

  test("is disabled, enabled, tagged, untagged and deleted; deleting it again does nothing", async () => {
    await put();
    await events().send(new DisableRuleCommand({ Name }));
    expect((await described()).State).toBe("DISABLED");
    await events().send(new EnableRuleCommand({ Name, EventBusName: "default" }));
    expect((await described()).State).toBe("ENABLED");
    const Tags = ["a", "b"].map((Key) => ({ Key, Value: "1" }));
    await events().send(new TagResourceCommand({ ResourceARN: ruleArn(), Tags }));
    await events().send(new UntagResourceCommand({ ResourceARN: ruleArn(), TagKeys: ["a"] }));
    const tags = await events().send(new ListTagsForResourceCommand({ ResourceARN: ruleArn() }));
    expect(tags.Tags).toEqual([{ Key: "b", Value: "1" }]);
    for (let time = 0; time < 2; time++) await events().send(new DeleteRuleCommand({ Name }));
    expect(await refusal(described())).toMatchObject({
      code: "ResourceNotFoundException",
      message: "Rule stopped does not exist on EventBus default.",
    });
  });

  test("is listed in pages, by its region alone", async () => {
    for (const name of ["b-1", "a-2", "a-1", "a-3"]) await put({ Name: name });
    const first = await events().send(new ListRulesCommand({ NamePrefix: "a-", Limit: 2 }));
    expect(first.Rules?.map((rule) => rule.Name)).toEqual(["a-1", "a-2"]);
    const { NextToken } = first;
    const rest = await events().send(new ListRulesCommand({ NamePrefix: "a-", Limit: 2, NextToken }));
    expect(rest.Rules?.map((rule) => rule.Name)).toEqual(["a-3"]);
    expect(rest.NextToken).toBeUndefined();
    const elsewhere = api.clients(api.administrator(), "eu-test-1").events;
    expect((await elsewhere.send(new ListRulesCommand({}))).Rules).toEqual([]);
    expect(await refusal(events().send(new ListRulesCommand({ NextToken })))).toMatchObject({
      code: "ValidationException",
    });
  });

  test.each<[Partial<PutRuleRequest>, string, RegExp]>([
    [
      { EventPattern: '{"source":"aws.ecs"}' },
      "InvalidEventPatternException",
      /^Event pattern is not valid\. Reason: "source" must be an object or an array$/,
    ],
    [
      { EventPattern: undefined },
      "ValidationException",
      /EventPattern or ScheduleExpression must be specified/,
    ],
    [
      { ScheduleExpression: "rate(1 minute)" },
      "ValidationException",
      /schedule are not supported by this server/,
    ],
    [{ EventBusName: "other" }, "ResourceNotFoundException", /Event bus other does not exist/],
    [{ Name: "no spaces" }, "ValidationException", /./],
    [{ Tags: [{ Key: "aws:x", Value: "" }] }, "ValidationException", /reserved/],
  ])("with %j is refused as %s", async (more, code, message) => {
    const refused = await refusal(put(more));
    expect(refused).toMatchObject({ code, status: 400 });
    expect(refused.message).toMatch(message);
    expect((await events().send(new ListRulesCommand({}))).Rules).toEqual([]);
  });

  test("is had by those alone who may, and with no role they may not pass", async () => {
    const { iam } = api.clients();
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const Statement = [{ Effect: "Allow", Action: "events:PutRule", Resource: ruleArn() }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const ann = api.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }).events;
    await ann.send(new PutRuleCommand({ Name, EventPattern }));
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`;
    for (const more of [{ Name: "other" }, { Name, RoleArn }]) {
      const asked = ann.send(new PutRuleCommand({ EventPattern, ...more }));
      expect((await refusal(asked)).code).toBe("AccessDeniedException");
    }
  });
});

test("there is one bus, the default", async () => {
  const Arn = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;
  expect(await events().send(new DescribeEventBusCommand({}))).toMatchObject({ Name: "default", Arn });
  expect((await events().send(new ListEventBusesCommand({}))).EventBuses).toEqual([{ Name: "default", Arn }]);
  const other = events().send(new DescribeEventBusCommand({ Name: "other" }));
  expect((await refusal(other)).code).toBe("ResourceNotFoundException");
});

test("a pattern is tried on an event, which must be whole", async () => {
  const event = {
    id: "1",
    account: ACCOUNT,
    source: "aws.ecs",
    time: "2026-01-01T00:00:00Z",
    region: REGION,
    resources: [],
    "detail-type": "ECS Task State Change",
    detail: { lastStatus: "STOPPED" },
  };
  const tried = (Event: object) =>
    events().send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(Event) }));
  expect((await tried(event)).Result).toBe(true);
  expect((await tried({ ...event, detail: { lastStatus: "RUNNING" } })).Result).toBe(false);
  const { id: _, ...rest } = event;
  expect(await refusal(tried(rest))).toMatchObject({
    code: "ValidationException",
    message: "Parameter Event is not valid. Reason: id is a required field.",
  });
});
