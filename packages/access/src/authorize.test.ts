import type { AgentPrincipal, UserPrincipal } from "@roadstead/db/principal";
import { describe, expect, test } from "vitest";
import { type Actor, refusal } from "./authorize.ts";

const ACCOUNT = "123456789012";
const OCCASION = { now: new Date("2026-01-02T03:04:05Z"), region: "r" };
const ARN = `arn:aws:ecs:r:${ACCOUNT}`;

const user = (...documents: (object | string)[]): Actor => {
  const principal: UserPrincipal = {
    kind: "user",
    arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
    userId: "AIDA",
    userName: "ann",
    policies: documents.map((document, index) => ({
      name: `p${index}`,
      document:
        typeof document === "string" ? document : JSON.stringify({ Version: "2012-10-17", ...document }),
    })),
  };
  return { accountId: ACCOUNT, principal };
};
const agent = (over: Partial<AgentPrincipal> = {}): Actor => ({
  accountId: ACCOUNT,
  principal: {
    kind: "agent",
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/roadstead-agent/a`,
    agentId: "a",
    scopeId: 1,
    region: "r",
    clusterName: "c",
    containerInstanceId: "own",
    ...over,
  },
});
const session = (sessionPolicy: object | null, ...documents: object[]): Actor => ({
  accountId: ACCOUNT,
  principal: {
    kind: "role",
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/s`,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/svc/app`,
    roleId: "AROA",
    roleName: "app",
    sessionName: "s",
    policies: documents.map((document, index) => ({
      name: `p${index}`,
      document: JSON.stringify({ Version: "2012-10-17", ...document }),
    })),
    sessionPolicy: sessionPolicy && JSON.stringify({ Version: "2012-10-17", ...sessionPolicy }),
    expiresAtMs: 0,
  },
});
const may = (actor: Actor, action: string, resource = "*", context: Record<string, string> = {}) =>
  refusal(actor, [{ action, resource, context }], OCCASION) === null;
const allow = (Action: string, more: object = {}) => ({
  Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }],
});

describe("a role's session", () => {
  test("may what its role may, and goes by the role's ARN and by an id of both", () => {
    expect(may(session(null, allow("ecs:RunTask")), "ecs:RunTask")).toBe(true);
    expect(may(session(null), "ecs:RunTask")).toBe(false);
    const conditioned = allow("ecs:*", {
      Condition: {
        StringEquals: {
          "aws:PrincipalArn": `arn:aws:iam::${ACCOUNT}:role/svc/app`,
          "aws:userid": "AROA:s",
        },
      },
    });
    expect(may(session(null, conditioned), "ecs:RunTask")).toBe(true);
  });

  test("that was narrowed may only what its role and its own policy both allow", () => {
    const narrowed = session(allow("ecs:List*"), allow("ecs:*"));
    expect(may(narrowed, "ecs:ListClusters")).toBe(true);
    expect(refusal(narrowed, [{ action: "ecs:RunTask", resource: "*" }], OCCASION)).toContain(
      "because no session policy allows the ecs:RunTask action",
    );
    expect(may(session(allow("ecs:*")), "ecs:RunTask")).toBe(false);
    const denied = session({ Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] }, allow("*"));
    expect(refusal(denied, [{ action: "ecs:RunTask", resource: "*" }], OCCASION)).toContain(
      "with an explicit deny in a session policy",
    );
  });
});

describe("a user", () => {
  test("without policies may do nothing, and is told so in AWS's words", () => {
    expect(refusal(user(), [{ action: "ecs:RunTask", resource: `${ARN}:x` }], OCCASION)).toBe(
      `User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform: ecs:RunTask on resource: ${ARN}:x because no identity-based policy allows the ecs:RunTask action`,
    );
  });

  test("needs every one of an operation's permissions", () => {
    const wanted = [
      { action: "ecs:RunTask", resource: "*" },
      { action: "iam:PassRole", resource: "role" },
    ];
    expect(refusal(user(allow("ecs:*")), wanted, OCCASION)).toContain("iam:PassRole");
    expect(refusal(user(allow("ecs:*"), allow("iam:PassRole")), wanted, OCCASION)).toBeNull();
  });

  test("is denied by one deny among any allows", () => {
    const deny = { Statement: [{ Effect: "Deny", Action: "ecs:Stop*", Resource: "*" }] };
    const caller = user(allow("*"), deny);
    expect([may(caller, "ecs:StopTask"), may(caller, "ecs:RunTask")]).toEqual([false, true]);
    expect(refusal(caller, [{ action: "ecs:StopTask", resource: "x" }], OCCASION)).toContain(
      "with an explicit deny in an identity-based policy",
    );
  });

  test("may do nothing at all while one of its policies cannot be read", () => {
    expect(may(user(allow("*"), "no json"), "ecs:ListClusters")).toBe(false);
  });

  test("is judged by conditions of the request and of itself", () => {
    const own = user(
      allow("ecs:*", { Condition: { StringEquals: { "aws:username": "ann", "ecs:cluster": "c" } } }),
    );
    expect(may(own, "ecs:RunTask", "*", { "ecs:cluster": "c" })).toBe(true);
    expect(may(own, "ecs:RunTask", "*", { "ecs:cluster": "d" })).toBe(false);
    expect(may(own, "ecs:RunTask")).toBe(false);
    const until = (time: string) =>
      user(allow("ecs:*", { Condition: { DateLessThan: { "aws:CurrentTime": time } } }));
    expect(may(until("2026-01-02T03:04:06Z"), "ecs:RunTask")).toBe(true);
    expect(may(until("2026-01-02T03:04:05Z"), "ecs:RunTask")).toBe(false);
  });
});

describe("an agent", () => {
  const INSTANCE = `${ARN}:container-instance/c`;

  test.each([
    ["ecs:RegisterContainerInstance", `${ARN}:cluster/c`],
    ["ecs:SubmitTaskStateChange", `${ARN}:cluster/c`],
    ["ecs:SubmitContainerStateChange", `${ARN}:cluster/c`],
    ["ecs:DiscoverPollEndpoint", "*"],
    ["ecr:GetAuthorizationToken", "*"],
    ["logs:CreateLogGroup", `arn:aws:logs:r:${ACCOUNT}:log-group:/ecs/web:log-stream:`],
    ["logs:PutLogEvents", `arn:aws:logs:elsewhere:${ACCOUNT}:log-group:/ecs/web:log-stream:web/app/1`],
    ["ecr:BatchGetImage", `arn:aws:ecr:elsewhere:${ACCOUNT}:repository/team/web`],
    ["ecr:GetDownloadUrlForLayer", `arn:aws:ecr:r:${ACCOUNT}:repository/web`],
    ["ecs:Poll", `${INSTANCE}/own`],
    ["ecs:StartTelemetrySession", `${INSTANCE}/own`],
  ])("may %s on %s", (action, resource) => expect(may(agent(), action, resource)).toBe(true));

  test.each([
    ["ecs:RegisterContainerInstance", `${ARN}:cluster/other`],
    ["ecs:RegisterContainerInstance", `arn:aws:ecs:elsewhere:${ACCOUNT}:cluster/c`],
    ["ecs:RegisterContainerInstance", "arn:aws:ecs:r:999999999999:cluster/c"],
    ["ecs:SubmitTaskStateChange", `${ARN}:cluster/other`],
    ["ecs:Poll", `${INSTANCE}/other`],
    ["ecs:Poll", `${INSTANCE}/own2`],
    ["ecs:StartTelemetrySession", `${ARN}:container-instance/other/own`],
    ["ecs:DescribeTasks", `${ARN}:task/c/t`],
    ["ecs:DeregisterContainerInstance", `${ARN}:cluster/c`],
    ["ecr:BatchGetImage", "arn:aws:ecr:r:999999999999:repository/web"],
    ["logs:PutLogEvents", "arn:aws:logs:r:999999999999:log-group:/ecs/web:log-stream:s"],
    ["logs:GetLogEvents", `arn:aws:logs:r:${ACCOUNT}:log-group:/ecs/web:log-stream:s`],
    ["logs:DeleteLogGroup", `arn:aws:logs:r:${ACCOUNT}:log-group:/ecs/web:log-stream:`],
    ["ecr:PutImage", `arn:aws:ecr:r:${ACCOUNT}:repository/web`],
    ["iam:GetUser", "*"],
  ])("may not %s on %s", (action, resource) => expect(may(agent(), action, resource)).toBe(false));

  test("that has no instance yet may register, and open no socket", () => {
    const fresh = agent({ containerInstanceId: null });
    expect(may(fresh, "ecs:RegisterContainerInstance", `${ARN}:cluster/c`)).toBe(true);
    expect(may(fresh, "ecs:Poll", `${INSTANCE}/null`)).toBe(false);
  });
});

test("a policy may look at the region that a request is for and at the kind of who asks", () => {
  const elsewhere = {
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { StringNotEquals: { "aws:RequestedRegion": ["r", "s"] } },
  };
  const wanted = [{ action: "ecs:RunTask", resource: "*" }];
  const confined = user(allow("ecs:*"), { Statement: [elsewhere] });
  expect(refusal(confined, wanted, OCCASION)).toBeNull();
  expect(refusal(confined, wanted, { ...OCCASION, region: "t" })).toContain("explicit deny");
  const users = { StringEquals: { "aws:PrincipalType": "User" } };
  const only = { Statement: [{ Effect: "Allow", Action: "*", Resource: "*", Condition: users }] };
  expect(refusal(user(only), wanted, OCCASION)).toBeNull();
  expect(refusal(session(null, only), wanted, OCCASION)).toContain("not authorized");
});
