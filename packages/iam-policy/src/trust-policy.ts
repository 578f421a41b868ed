/**
 * Reads and evaluates roles' trust policies: who may assume a role. CreateRole, AssumeRole and whoever passes a role to a
 * service call it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import { evaluate } from "./evaluate.ts";
import type { PolicyDocument, Statement } from "./policy.ts";
import { parsePolicyDocument } from "./policy-document.ts";
import { isRecord, SYNTAX_ERROR } from "./policy-statement.ts";

type PrincipalKind = "AWS" | "Service" | "Federated" | "CanonicalUser";
type NamedPrincipal = { readonly kind: PrincipalKind; readonly name: string };
type TrustStatement = { readonly statement: Statement; readonly principals: readonly NamedPrincipal[] };

export type TrustPolicy = {
  readonly version: PolicyDocument["version"];
  readonly statements: readonly TrustStatement[];
};

export type ParsedTrust =
  | { readonly ok: true; readonly policy: TrustPolicy }
  | { readonly ok: false; readonly error: string };

/** Who asks: a service by its principal, or an account's user or role session. */
export type Asker =
  | { readonly kind: "service"; readonly name: string }
  | {
      readonly kind: "principal";
      readonly accountId: string;
      /** Every ARN the caller goes by: a session's own and its role's. */
      readonly arns: readonly string[];
    };

/** `account`: the policy leaves it to the caller's own account, whose policies must allow it too. */
export type TrustVerdict = "allow" | "account" | "explicitDeny" | "implicitDeny";

const KINDS: readonly string[] = ["AWS", "Service", "Federated", "CanonicalUser"];
const ACCOUNT = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;
const AWS_PRINCIPAL =
  /^arn:aws:(?:iam::\d{12}:(?:root|user\/.+|role\/.+)|sts::\d{12}:assumed-role\/[^/]+\/.+)$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/;
const ASSUMING = /^sts:(?:AssumeRole.*|TagSession|SetSourceIdentity|SetContext|\*)$|^\*$/i;

export function parseTrustPolicy(text: string): ParsedTrust {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed("This policy contains invalid Json");
  }
  if (!isRecord(json)) return failed(SYNTAX_ERROR);
  const written = Array.isArray(json.Statement) ? (json.Statement as unknown[]) : [json.Statement];
  const principals: (readonly NamedPrincipal[])[] = [];
  for (const statement of written) {
    if (!isRecord(statement)) continue; // the document's own reading says what is wrong with it
    const read = readPrincipals(statement);
    if (typeof read === "string") return failed(read);
    principals.push(read);
  }
  const Statement = written.map((item) => (isRecord(item) ? withoutPrincipal(item) : item));
  const rest = json.Statement === undefined ? json : { ...json, Statement };
  const parsed = parsePolicyDocument(JSON.stringify(rest));
  if (!parsed.ok) return failed(parsed.errors[0] ?? SYNTAX_ERROR);
  const { version, statements } = parsed.document;
  if (
    statements.some(({ action }) => action.negated || !action.patterns.every((one) => ASSUMING.test(one)))
  ) {
    return failed("AssumeRole policy may only specify STS AssumeRole actions.");
  }
  return {
    ok: true,
    policy: {
      version,
      statements: statements.map((statement, index) => ({ statement, principals: principals[index] ?? [] })),
    },
  };
}

const failed = (error: string): ParsedTrust => ({ ok: false, error });

/** A trust policy is about its own role: the rest of a statement is read as one about everything. */
const withoutPrincipal = ({ Principal: _, ...rest }: Readonly<Record<string, unknown>>) => ({
  ...rest,
  Resource: "*",
});

function readPrincipals(statement: Readonly<Record<string, unknown>>): readonly NamedPrincipal[] | string {
  if (statement.Resource !== undefined || statement.NotResource !== undefined) {
    return "Has prohibited field Resource";
  }
  if (statement.NotPrincipal !== undefined) return "Has prohibited field NotPrincipal";
  const written = statement.Principal;
  if (written === undefined) return "Missing required field Principal";
  if (written === "*") return [{ kind: "AWS", name: "*" }];
  if (!isRecord(written) || Object.keys(written).length === 0) return SYNTAX_ERROR;
  const named = Object.entries(written).flatMap(([kind, names]) =>
    (Array.isArray(names) ? (names as unknown[]) : [names]).map((name) => ({ kind, name })),
  );
  const principals = named.filter(isNamedPrincipal);
  if (principals.length < named.length) return SYNTAX_ERROR;
  const unknown = principals.find((principal) => !isPrincipal(principal));
  return unknown
    ? `Invalid principal in policy: "${unknown.kind.toUpperCase()}":"${unknown.name.slice(0, 256)}"`
    : principals;
}

const isNamedPrincipal = (one: { readonly kind: string; readonly name: unknown }): one is NamedPrincipal =>
  KINDS.includes(one.kind) && typeof one.name === "string";

function isPrincipal({ kind, name }: NamedPrincipal): boolean {
  if (kind === "Service") return SERVICE.test(name);
  if (kind === "AWS") return name === "*" || ACCOUNT.test(name) || AWS_PRINCIPAL.test(name);
  return name !== "";
}

/** Whether a role lets `asker` assume it by `action` (such as `sts:AssumeRole`). */
export function evaluateTrust(
  { version, statements }: TrustPolicy,
  request: {
    readonly asker: Asker;
    readonly action: string;
    readonly context: Readonly<Record<string, string | readonly string[]>>;
  },
): TrustVerdict {
  const { asker, action, context } = request;
  const principalArn = asker.kind === "principal" ? (asker.arns[0] ?? "") : asker.name;
  const decide = (matching: (principal: NamedPrincipal) => boolean) =>
    evaluate({ principalArn, action, resource: "*", context }, [
      {
        name: "trust",
        version,
        statements: statements
          .filter(({ principals }) => principals.some(matching))
          .map(({ statement }) => statement),
      },
    ]).decision;
  const everything = decide((principal) => isSelf(principal, asker) || isAccountOf(principal, asker));
  if (everything !== "allow") return everything;
  return decide((principal) => isSelf(principal, asker)) === "allow" ? "allow" : "account";
}

function isSelf({ kind, name }: NamedPrincipal, asker: Asker): boolean {
  if (asker.kind === "service") return kind === "Service" && name === asker.name;
  return kind === "AWS" && (name === "*" || asker.arns.includes(name));
}

const isAccountOf = ({ kind, name }: NamedPrincipal, asker: Asker): boolean =>
  asker.kind === "principal" && kind === "AWS" && ACCOUNT.exec(name)?.[1] === asker.accountId;
