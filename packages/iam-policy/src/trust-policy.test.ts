import { describe, expect, test } from "vitest";
import { type Asker, evaluateTrust, parseTrustPolicy } from "./trust-policy.ts";

const ACCOUNT = "111122223333";
const ann = `arn:aws:iam::${ACCOUNT}:user/ann`;
const user: Asker = { kind: "principal", accountId: ACCOUNT, arns: [ann] };
const tasks: Asker = { kind: "service", name: "ecs-tasks.amazonaws.com" };

const policyOf = (...statements: object[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((one) => ({ Effect: "Allow", Action: "sts:AssumeRole", ...one })),
  });
const verdict = (asker: Asker, policy: string, context: Record<string, string> = {}) => {
  const parsed = parseTrustPolicy(policy);
  if (!parsed.ok) throw new Error(parsed.error);
  return evaluateTrust(parsed.policy, { asker, action: "sts:AssumeRole", context });
};

describe("a trust policy", () => {
  test("trusts exactly the service that it names", () => {
    const policy = policyOf({ Principal: { Service: ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] } });
    expect(verdict(tasks, policy)).toBe("allow");
    expect(verdict({ kind: "service", name: "ecs.amazonaws.com" }, policy)).toBe("implicitDeny");
    expect(verdict(user, policy)).toBe("implicitDeny");
  });

  test("that names a user trusts that user alone; one that names an account leaves it to the account", () => {
    expect(verdict(user, policyOf({ Principal: { AWS: ann } }))).toBe("allow");
    expect(verdict(user, policyOf({ Principal: { AWS: `${ann}2` } }))).toBe("implicitDeny");
    for (const AWS of [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]) {
      expect(verdict(user, policyOf({ Principal: { AWS } }))).toBe("account");
    }
    expect(verdict(user, policyOf({ Principal: { AWS: "999900001111" } }))).toBe("implicitDeny");
    expect(verdict(user, policyOf({ Principal: "*" }))).toBe("allow");
  });

  test("trusts a session by the role it is of and by its own name", () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/app`;
    const session = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s`;
    const asker: Asker = { kind: "principal", accountId: ACCOUNT, arns: [session, role] };
    expect(verdict(asker, policyOf({ Principal: { AWS: role } }))).toBe("allow");
    expect(verdict(asker, policyOf({ Principal: { AWS: session } }))).toBe("allow");
    expect(verdict(user, policyOf({ Principal: { AWS: role } }))).toBe("implicitDeny");
  });

  test("denies over everything that allows", () => {
    const policy = policyOf(
      { Principal: { AWS: ann } },
      { Effect: "Deny", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } },
    );
    expect(verdict(user, policy)).toBe("explicitDeny");
  });

  test("holds its conditions, such as the external id", () => {
    const policy = policyOf({
      Principal: { AWS: ann },
      Condition: { StringEquals: { "sts:ExternalId": "shared" } },
    });
    expect(verdict(user, policy, { "sts:ExternalId": "shared" })).toBe("allow");
    expect(verdict(user, policy, { "sts:ExternalId": "other" })).toBe("implicitDeny");
    expect(verdict(user, policy)).toBe("implicitDeny");
  });

  test("allows the action that is asked for, and no other of STS", () => {
    const policy = policyOf({ Principal: { AWS: ann }, Action: "sts:TagSession" });
    expect(verdict(user, policy)).toBe("implicitDeny");
  });

  test.each([
    ["not json", "This policy contains invalid Json"],
    ["[]", "Syntax errors in policy."],
    [policyOf({ Principal: { AWS: ann }, Resource: "*" }), "Has prohibited field Resource"],
    [policyOf({}), "Missing required field Principal"],
    [policyOf({ NotPrincipal: { AWS: ann } }), "Has prohibited field NotPrincipal"],
    [policyOf({ Principal: { AWS: "ann" } }), 'Invalid principal in policy: "AWS":"ann"'],
    [policyOf({ Principal: { Service: "ecs" } }), 'Invalid principal in policy: "SERVICE":"ecs"'],
    [policyOf({ Principal: { Nobody: "x" } }), "Syntax errors in policy."],
    [policyOf({ Principal: "ann" }), "Syntax errors in policy."],
    [
      policyOf({ Principal: { AWS: ann }, Action: "ecs:RunTask" }),
      "AssumeRole policy may only specify STS AssumeRole actions.",
    ],
    [JSON.stringify({ Version: "2012-10-17" }), "Missing required field Statement"],
    [JSON.stringify({ Version: "2012-10-17", Statement: [] }), "Missing required field Statement"],
    [JSON.stringify({ Version: "2012-10-17", Statement: ["x"] }), "Syntax errors in policy."],
  ])("%s is refused in IAM's words", (text, error) => {
    expect(parseTrustPolicy(text)).toEqual({ ok: false, error });
  });
});
