/** Who may hold the socket of a container instance. */
import type { KeyHolder } from "@roadstead/db/access-keys";
import { containerInstanceArn } from "@roadstead/model/arn";
import { describe, expect, test } from "vitest";
import { mayOpenSocket } from "./authorise-instance.ts";

const place = { accountId: "000000000000", region: "us-east-1" };
const instanceArn = containerInstanceArn(place, "default", "i1");
const socket = { kind: "acs", instanceArn, place, now: new Date(0) } as const;

const agent = (change: object = {}): Pick<KeyHolder, "accountId" | "principal"> => ({
  accountId: place.accountId,
  principal: {
    kind: "agent",
    arn: "arn:aws:sts::000000000000:assumed-role/roadstead-agent/a1",
    agentId: "a1",
    scopeId: 1,
    region: "us-east-1",
    clusterName: "default",
    containerInstanceId: "i1",
    ...change,
  },
});

const user = (...statements: object[]): Pick<KeyHolder, "accountId" | "principal"> => ({
  accountId: place.accountId,
  principal: {
    kind: "user",
    arn: "arn:aws:iam::000000000000:user/u",
    userId: "AIDA1",
    userName: "u",
    policies: [{ name: "p", document: JSON.stringify({ Version: "2012-10-17", Statement: statements }) }],
  },
});
const allow = (action: string, resource = "*") => ({ Effect: "Allow", Action: action, Resource: resource });

describe("an agent", () => {
  test("may hold its own instance's sockets", () => {
    expect(mayOpenSocket(agent(), socket)).toBe(true);
    expect(mayOpenSocket(agent(), { ...socket, kind: "tcs" })).toBe(true);
  });

  test.each([
    ["another instance", { containerInstanceId: "i2" }],
    ["no instance yet", { containerInstanceId: null }],
    ["another cluster", { clusterName: "other" }],
    ["another region", { region: "eu-west-1" }],
  ])("of %s may not", (_, change) => {
    expect(mayOpenSocket(agent(change), socket)).toBe(false);
  });

  test("of another account may not", () => {
    expect(mayOpenSocket({ ...agent(), accountId: "111111111111" }, socket)).toBe(false);
  });
});

describe("a user", () => {
  test("may do what a policy allows, each kind of socket by its own action", () => {
    expect(mayOpenSocket(user(allow("ecs:Poll", instanceArn)), socket)).toBe(true);
    expect(mayOpenSocket(user(allow("ecs:Poll", instanceArn)), { ...socket, kind: "tcs" })).toBe(false);
    expect(mayOpenSocket(user(allow("ecs:StartTelemetrySession")), { ...socket, kind: "tcs" })).toBe(true);
  });

  test("may not without one, or against a deny", () => {
    expect(mayOpenSocket(user(), socket)).toBe(false);
    const deny = { Effect: "Deny", Action: "*", Resource: "*" };
    expect(mayOpenSocket(user(allow("ecs:*"), deny), socket)).toBe(false);
  });

  test("is held to conditions on what every request says", () => {
    const only = (region: string) => ({
      ...allow("ecs:Poll"),
      Condition: {
        StringEquals: { "aws:RequestedRegion": region, "aws:PrincipalType": "User" },
        DateLessThan: { "aws:CurrentTime": "1971-01-01T00:00:00Z" },
      },
    });
    expect(mayOpenSocket(user(only("us-east-1")), socket)).toBe(true);
    expect(mayOpenSocket(user(only("eu-west-1")), socket)).toBe(false);
    expect(mayOpenSocket(user(only("us-east-1")), { ...socket, now: new Date() })).toBe(false);
  });

  test("with a policy that cannot be read may nothing", () => {
    const holder = user(allow("ecs:*"));
    if (holder.principal.kind !== "user") throw new Error("not a user");
    const policies = [...holder.principal.policies, { name: "broken", document: "{" }];
    expect(mayOpenSocket({ ...holder, principal: { ...holder.principal, policies } }, socket)).toBe(false);
  });
});
