/** Reads one statement of an identity-based policy, or says in IAM's words what is wrong with it; `policy-document` calls it. */
import { isKnownOperator } from "./operators/operator.ts";
import type { Condition, PolicyVersion, Statement } from "./policy.ts";

export const SYNTAX_ERROR = "Syntax errors in policy.";

const STATEMENT_MEMBERS = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
  "Principal",
  "NotPrincipal",
];
const SID = /^[A-Za-z0-9]*$/;
const ACTION = /^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/;
const VARIABLE = /\$\{[^{}]*\}/g;

export function readStatement(item: unknown, version: PolicyVersion): Statement | string {
  if (!isRecord(item) || Object.keys(item).some((key) => !STATEMENT_MEMBERS.includes(key)))
    return SYNTAX_ERROR;
  if (item.Principal !== undefined || item.NotPrincipal !== undefined) {
    return "Policy document should not specify a principal.";
  }
  const sid = item.Sid ?? null;
  if (sid !== null && typeof sid !== "string") return SYNTAX_ERROR;
  if (sid !== null && !SID.test(sid)) return "Statement IDs (SID) should be alpha-numeric.";
  const effect = item.Effect;
  if (effect === undefined) return "Missing required field Effect";
  if (effect !== "Allow" && effect !== "Deny") return `Invalid effect: ${String(effect).slice(0, 64)}`;
  const action = readActions(item);
  if (typeof action === "string") return action;
  const resource = readResources(item, version);
  if (typeof resource === "string") return resource;
  const conditions = readConditions(item.Condition);
  if (typeof conditions === "string") return conditions;
  return { sid, effect, action, resource, conditions };
}

function readActions(item: Readonly<Record<string, unknown>>): Statement["action"] | string {
  const read = readEither(item, "Action", "Policy statement must contain actions.");
  if (typeof read === "string") return read;
  for (const action of read.patterns) {
    if (action === "*") continue;
    if (!action.includes(":")) {
      return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    }
    if (!ACTION.test(action))
      return `Action ${action.slice(0, 128)} is not valid: it may hold letters, digits, * and ? after the vendor.`;
  }
  return read;
}

function readResources(
  item: Readonly<Record<string, unknown>>,
  version: PolicyVersion,
): Statement["resource"] | string {
  const read = readEither(item, "Resource", "Policy statement must contain resources.");
  if (typeof read === "string") return read;
  for (const resource of read.patterns) {
    if (resource === "*") continue;
    const shape = version === "2012-10-17" ? resource.replace(VARIABLE, "x") : resource;
    const parts = shape.split(":");
    if (parts[0] !== "arn" || parts.length < 2) {
      return `Resource ${resource.slice(0, 256)} must be in ARN format or "*".`;
    }
    if (parts.length < 6 && !shape.endsWith("*")) {
      return "The policy failed legacy parsing";
    }
  }
  return read;
}

/** Exactly one of `X` and `NotX`, a text or a list of texts. */
function readEither(
  item: Readonly<Record<string, unknown>>,
  member: "Action" | "Resource",
  missing: string,
): { readonly negated: boolean; readonly patterns: readonly string[] } | string {
  const plain = item[member];
  const negated = item[`Not${member}`];
  if (plain !== undefined && negated !== undefined) return SYNTAX_ERROR;
  const written = plain ?? negated;
  if (written === undefined) return missing;
  const patterns = Array.isArray(written) ? (written as unknown[]) : [written];
  if (patterns.length === 0) return missing;
  if (!patterns.every((pattern) => typeof pattern === "string")) return SYNTAX_ERROR;
  return { negated: negated !== undefined, patterns };
}

function readConditions(written: unknown): readonly Condition[] | string {
  if (written === undefined) return [];
  if (!isRecord(written)) return SYNTAX_ERROR;
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(written)) {
    if (!isKnownOperator(operator)) return `Invalid Condition type : ${operator.slice(0, 64)}.`;
    if (!isRecord(keys)) return SYNTAX_ERROR;
    for (const [key, value] of Object.entries(keys)) {
      const values = conditionValues(value);
      if (!values) return SYNTAX_ERROR;
      if (!key.includes(":"))
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
      conditions.push({ operator, key, values });
    }
  }
  return conditions;
}

/** Numbers and booleans may be written without quotes. */
function conditionValues(value: unknown): readonly string[] | null {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.map((v) => (["string", "number", "boolean"].includes(typeof v) ? String(v) : null));
  return texts.every((text) => text !== null) ? texts : null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
