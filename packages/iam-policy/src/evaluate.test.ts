import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessDeniedMessage } from "./access-denied.ts";
import { evaluate } from "./evaluate.ts";
import type { PolicyDocument, Statement } from "./policy.ts";
import { parsePolicyDocument } from "./policy-document.ts";
import { matchesWildcard, patternOf } from "./wildcard.ts";

/** Written so that it is not mistaken for a template. */
const USERNAME = ["$", "{aws:username}"].join("");
const principalArn = "arn:aws:iam::000000000000:user/ann";

const arbStatement: fc.Arbitrary<Statement> = fc.record({
  sid: fc.constant(null),
  effect: fc.constantFrom("Allow" as const, "Deny" as const),
  action: fc.record({
    negated: fc.boolean(),
    patterns: fc.subarray(["ecs:*", "ecs:Run*", "iam:*", "*"], { minLength: 1 }),
  }),
  resource: fc.record({
    negated: fc.boolean(),
    patterns: fc.subarray(["*", "arn:a", `arn:${USERNAME}`], { minLength: 1 }),
  }),
  conditions: fc.array(
    fc.record({
      operator: fc.constantFrom(
        "StringEquals",
        "StringNotLike",
        "ForAllValues:StringEquals",
        "Null",
        "NoSuchOperator",
      ),
      key: fc.constantFrom("k:1", "k:2"),
      values: fc.subarray(["a", "b", "true", USERNAME]),
    }),
    { maxLength: 2 },
  ),
});
const arbPolicy: fc.Arbitrary<PolicyDocument> = fc.record({
  name: fc.constant("p"),
  version: fc.constantFrom("2012-10-17" as const, "2008-10-17" as const),
  statements: fc.array(arbStatement, { maxLength: 3 }),
});
const arbRequest = fc.record({
  principalArn: fc.constant(principalArn),
  action: fc.constantFrom("ecs:RunTask", "iam:CreateUser"),
  resource: fc.constantFrom("*", "arn:a", "arn:b"),
  context: fc.dictionary(
    fc.constantFrom("k:1", "K:2", "aws:username"),
    fc.oneof(fc.constantFrom("a", "b"), fc.subarray(["a", "b"])),
  ),
});

describe("properties", () => {
  test("adding a deny never turns a refusal into an allow", () => {
    fc.assert(
      fc.property(
        arbRequest,
        fc.array(arbPolicy, { maxLength: 3 }),
        arbStatement,
        (request, policies, added) => {
          const deny: PolicyDocument = {
            name: "d",
            version: "2012-10-17",
            statements: [{ ...added, effect: "Deny" }],
          };
          if (evaluate(request, policies).decision === "allow") return;
          expect(evaluate(request, [...policies, deny]).decision).not.toBe("allow");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("the order of policies and statements does not matter", () => {
    fc.assert(
      fc.property(arbRequest, fc.array(arbPolicy, { maxLength: 4 }), (request, policies) => {
        const reversed = policies.toReversed().map((p) => ({ ...p, statements: p.statements.toReversed() }));
        expect(evaluate(request, reversed).decision).toBe(evaluate(request, policies).decision);
      }),
      { numRuns: 1_000 },
    );
  });

  test("removing every allow leaves nothing allowed", () => {
    fc.assert(
      fc.property(arbRequest, fc.array(arbPolicy, { maxLength: 3 }), (request, policies) => {
        const denies = policies.map((p) => ({
          ...p,
          statements: p.statements.filter((s) => s.effect === "Deny"),
        }));
        expect(evaluate(request, denies).decision).not.toBe("allow");
      }),
    );
  });
});

const decideWith = (operator: string, effect: "Allow" | "Deny") => {
  const everything = { negated: false, patterns: ["*"] };
  const condition = { operator, key: "k:1", values: ["a"] };
  const head = { name: "p", version: "2012-10-17" as const };
  const statement = { sid: "s", effect, action: everything, resource: everything, conditions: [condition] };
  return evaluate({ principalArn, action: "ecs:RunTask", resource: "*", context: { "k:1": "b" } }, [
    { ...head, statements: [statement] },
  ]);
};

test("an operator that a stored document uses and nobody knows stops an allow and not a deny", () => {
  expect(decideWith("StringResembles", "Allow")).toEqual({ decision: "implicitDeny" });
  expect(decideWith("StringResembles", "Deny")).toEqual({
    decision: "explicitDeny",
    statement: { policyName: "p", sid: "s" },
  });
});

test("a refusal is worded as AWS words it", () => {
  const asked = { principalArn, action: "ecs:RunTask", resource: "*" };
  expect(accessDeniedMessage({ ...asked, decision: "implicitDeny" })).toBe(
    `User: ${principalArn} is not authorized to perform: ecs:RunTask on resource: * because no identity-based policy allows the ecs:RunTask action`,
  );
  expect(accessDeniedMessage({ ...asked, decision: "explicitDeny" })).toMatch(
    /\* with an explicit deny in an identity-based policy$/,
  );
});

/** The definition of the two wildcards, exponential and plain. */
function naiveMatch(pattern: string, value: string): boolean {
  if (pattern === "") return value === "";
  if (pattern[0] === "*")
    return naiveMatch(pattern.slice(1), value) || (value !== "" && naiveMatch(pattern, value.slice(1)));
  return (
    value !== "" &&
    (pattern[0] === "?" || pattern[0] === value[0]) &&
    naiveMatch(pattern.slice(1), value.slice(1))
  );
}

describe("wildcards", () => {
  const text = (alphabet: string, maxLength: number) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength }).map((chars) => chars.join(""));

  test("match as their definition says", () => {
    fc.assert(
      fc.property(text("ab*?", 8), text("ab", 10), (pattern, value) => {
        expect(matchesWildcard(patternOf(pattern), value)).toBe(naiveMatch(pattern, value));
      }),
      { numRuns: 5_000 },
    );
  });

  test("a hostile pattern takes bounded time", () => {
    const pattern = patternOf(`${"a*".repeat(1_000)}b`);
    const before = process.cpuUsage();
    expect(matchesWildcard(pattern, "a".repeat(2_000))).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

test("whatever the text, parsing answers and does not throw", () => {
  const words = [
    "Version",
    "2012-10-17",
    "Statement",
    "Effect",
    "Allow",
    "Action",
    "Resource",
    "Condition",
    "*",
    "ecs:*",
    "__proto__",
  ];
  const arbJson = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...words),
      fc.constantFrom(null, true, 1),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words), tie("node"), { maxKeys: 6 }),
    ),
  })).node;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        arbJson.map((value) => JSON.stringify(value)),
      ),
      (written) => {
        const parsed = parsePolicyDocument(written);
        if (parsed.ok)
          evaluate({ principalArn, action: "ecs:RunTask", resource: "*", context: {} }, [parsed.document]);
        else expect(parsed.errors.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 20_000 },
  );
});
