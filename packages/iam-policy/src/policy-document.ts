/** Parses and validates an identity-based policy, with IAM's own texts for what is wrong; PutUserPolicy and authorisation call it. */
import type { PolicyDocument, PolicyVersion, Statement } from "./policy.ts";
import { isRecord, readStatement, SYNTAX_ERROR } from "./policy-statement.ts";

export type { PolicyDocument } from "./policy.ts";

export type ParsedPolicy =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly errors: readonly string[] };

/** IAM's limit for a document; the sum over a user's inline policies is checked where they are stored. */
const DOCUMENT_LENGTH_MAX = 131_072;
const DOCUMENT_MEMBERS = ["Version", "Id", "Statement"];

export function parsePolicyDocument(text: string, name = ""): ParsedPolicy {
  if (text.length > DOCUMENT_LENGTH_MAX) {
    return failed(`The policy document must not be longer than ${DOCUMENT_LENGTH_MAX} characters.`);
  }
  const json = parseJson(text);
  if (json === undefined) return failed("This policy contains invalid Json");
  if (!isRecord(json) || Object.keys(json).some((key) => !DOCUMENT_MEMBERS.includes(key)))
    return failed(SYNTAX_ERROR);
  const version = versionOf(json.Version);
  if (!version) return failed("The policy must contain a valid version string");
  if (json.Id !== undefined && typeof json.Id !== "string") return failed(SYNTAX_ERROR);
  const written = json.Statement;
  if (written === undefined || (Array.isArray(written) && written.length === 0)) {
    return failed("Missing required field Statement");
  }
  return parseStatements({ name, version }, Array.isArray(written) ? written : [written]);
}

function parseStatements(
  head: Omit<PolicyDocument, "statements">,
  written: readonly unknown[],
): ParsedPolicy {
  const errors: string[] = [];
  const statements: Statement[] = [];
  for (const item of written) {
    const read = readStatement(item, head.version);
    if (typeof read === "string") errors.push(read);
    else statements.push(read);
  }
  const sids = statements.map(({ sid }) => sid).filter((sid) => sid !== null && sid !== "");
  if (new Set(sids).size < sids.length) errors.push("Statement IDs (SID) in a single policy must be unique.");
  return errors.length > 0 ? { ok: false, errors } : { ok: true, document: { ...head, statements } };
}

function failed(error: string): ParsedPolicy {
  return { ok: false, errors: [error] };
}

/** A document without a version is read as of 2008, in which `${…}` is plain text. */
function versionOf(version: unknown): PolicyVersion | null {
  if (version === undefined) return "2008-10-17";
  return version === "2012-10-17" || version === "2008-10-17" ? version : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
