/** Runs every case under `cases/`: add a line to a file there, or a file, to add a case. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parsePolicyDocument } from "./policy-document.ts";

type Context = Record<string, string | string[]>;
type Case =
  | {
      kind: "decision";
      name: string;
      policies: object[];
      action: string;
      resource: string;
      context?: Context;
      decision: string;
    }
  | { kind: "condition"; operator: string; values: string[]; given?: string | string[]; holds: boolean }
  | { kind: "document"; name: string; policy?: object; text?: string; error: string | null };

const folder = new URL("./cases/", import.meta.url);
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Case[]);

const principalArn = "arn:aws:iam::000000000000:user/ann";

function documentOf(policy: object) {
  const parsed = parsePolicyDocument(JSON.stringify(policy), "case");
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  return parsed.document;
}

/** A condition is tried in an allow and in a deny: the two must agree about it. */
function conditionHolds({ operator, values, given }: Case & { kind: "condition" }): boolean[] {
  const context: Context = { "aws:username": "ann", ...(given === undefined ? {} : { "test:key": given }) };
  const request = { principalArn, action: "ecs:RunTask", resource: "*", context };
  const statement = { Action: "*", Resource: "*", Condition: { [operator]: { "test:key": values } } };
  const decide = (Effect: string) =>
    evaluate(request, [documentOf({ Version: "2012-10-17", Statement: { Effect, ...statement } })]).decision;
  return [decide("Allow") === "allow", decide("Deny") === "explicitDeny"];
}

const titleOf = (c: Case) =>
  c.kind === "condition"
    ? `${c.operator} ${c.values} of ${JSON.stringify(c.given)} is ${c.holds}`
    : `${c.kind}: ${c.name}`;

test("there are cases", () => expect(cases.length).toBeGreaterThan(120));

test.each(cases.map((c) => [titleOf(c), c] as const))("%s", (_, c) => {
  switch (c.kind) {
    case "decision": {
      const request = { principalArn, action: c.action, resource: c.resource, context: c.context ?? {} };
      expect(evaluate(request, c.policies.map(documentOf)).decision).toBe(c.decision);
      break;
    }
    case "condition":
      expect(conditionHolds(c)).toEqual([c.holds, c.holds]);
      break;
    case "document": {
      const parsed = parsePolicyDocument(c.text ?? JSON.stringify(c.policy));
      expect(parsed.ok ? null : parsed.errors[0]).toBe(c.error);
      break;
    }
  }
});
