/** sts:AssumeRole. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import { AssumeRole$, type AssumeRoleCommand, type AssumeRoleRequest } from "@aws-sdk/client-sts";
import { mayAssume } from "@roadstead/access/assume-role";
import { awsError } from "@roadstead/aws-protocol/errors";
import { mintSession } from "@roadstead/db/role-sessions";
import { findRole, type RoleRow } from "@roadstead/db/roles";
import { parsePolicyDocument } from "@roadstead/iam-policy/policy-document";
import { assumedRoleArn, parseRoleArn, roleArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";

const DURATION_DEFAULT_SECONDS = 3_600;
/** Of a session that a session begins. */
const CHAINED_MAX_SECONDS = 3_600;
const SESSION_POLICY_MAX_CHARS = 2_048;

export const assumeRole = operation<AssumeRoleCommand>(AssumeRole$, {
  // The role's trust policy decides together with the caller's: see below.
  authorize: () => [],
  async handle({ input, ctx }) {
    checkSupported(input);
    const wanted = input.RoleArn ?? "";
    const sessionName = input.RoleSessionName ?? "";
    const parsed = parseRoleArn(wanted);
    if (!parsed) throw awsError("ValidationError", `${wanted} is invalid`);
    const role = await findRole(ctx.db, parsed.accountId, parsed.name);
    const now = new Date();
    // A role that does not exist is refused as one that may not be assumed: who may not know learns nothing.
    if (!role || roleArn(parsed.accountId, role.path, role.name) !== wanted) throw refused(ctx, wanted);
    const assumable = { arn: wanted, accountId: parsed.accountId, trustPolicy: role.trustPolicy };
    const occasion = { context: conditionsOf(input), now, region: ctx.scope.region };
    if (!mayAssume(ctx.caller, assumable, occasion)) throw refused(ctx, wanted);
    const expiresAtMs = now.getTime() + durationSeconds(ctx, role, input) * 1_000;
    const session = { roleId: role.roleId, sessionName, expiresAtMs, taskId: null };
    const sessionPolicy = checkedSessionPolicy(input.Policy);
    const { accessKeyId, secretAccessKey, sessionToken } = mintSession(ctx.secrets, {
      ...session,
      sessionPolicy,
    });
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: new Date(expiresAtMs),
      },
      AssumedRoleUser: {
        AssumedRoleId: `${role.roleId}:${sessionName}`,
        Arn: assumedRoleArn(parsed.accountId, role.name, sessionName),
      },
    };
  },
});

const refused = (ctx: ApiContext, role: string) =>
  awsError(
    "AccessDenied",
    `User: ${ctx.caller.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    403,
  );

/** What would narrow or mark the session and is not done must not be taken for done. */
function checkSupported(input: AssumeRoleRequest): void {
  const ignored = [
    input.PolicyArns?.length && "PolicyArns",
    input.Tags?.length && "Tags",
    input.TransitiveTagKeys?.length && "TransitiveTagKeys",
    input.SerialNumber && "SerialNumber",
    input.SourceIdentity && "SourceIdentity",
    input.ProvidedContexts?.length && "ProvidedContexts",
  ].find(Boolean);
  if (ignored) throw awsError("UnsupportedOperation", `AssumeRole with ${ignored} is not supported.`);
}

const conditionsOf = (input: AssumeRoleRequest): Record<string, string> => ({
  "sts:RoleSessionName": input.RoleSessionName ?? "",
  ...(input.ExternalId === undefined ? {} : { "sts:ExternalId": input.ExternalId }),
});

function durationSeconds(ctx: ApiContext, role: RoleRow, { DurationSeconds }: AssumeRoleRequest): number {
  const seconds = DurationSeconds ?? DURATION_DEFAULT_SECONDS;
  if (seconds > role.maxSessionSeconds) {
    throw awsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  if (ctx.caller.principal.kind === "role" && seconds > CHAINED_MAX_SECONDS) {
    throw awsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return seconds;
}

function checkedSessionPolicy(policy: string | undefined): string | null {
  if (!policy) return null;
  if (policy.length > SESSION_POLICY_MAX_CHARS) {
    throw awsError("PackedPolicyTooLarge", "Packed size of session policy exceeds the limit.");
  }
  const parsed = parsePolicyDocument(policy);
  if (!parsed.ok) {
    throw awsError("MalformedPolicyDocument", parsed.errors[0] ?? "Syntax errors in policy.");
  }
  return policy;
}
