/** Policy documents as requests bring them: read, or refused in IAM's words. */
import { parsePolicyDocument } from "@roadstead/iam-policy/policy-document";
import { parseTrustPolicy } from "@roadstead/iam-policy/trust-policy";
import { iamErrors } from "./errors.ts";

const TRUST_POLICY_MAX_CHARS = 2_048;

/** Quotas do not count white space. */
export const sizeOf = (document: string): number => document.replace(/\s/g, "").length;

export function checkedPolicy(document: string | undefined): string {
  const text = document ?? "";
  const parsed = parsePolicyDocument(text);
  if (!parsed.ok) throw iamErrors.malformedPolicy(parsed.errors[0] ?? "Syntax errors in policy.");
  return text;
}

export function checkedTrustPolicy(document: string | undefined): string {
  const text = document ?? "";
  const parsed = parseTrustPolicy(text);
  if (!parsed.ok) throw iamErrors.malformedPolicy(parsed.error);
  if (sizeOf(text) > TRUST_POLICY_MAX_CHARS) {
    throw iamErrors.quotaExceeded("ACLSizePerRole", TRUST_POLICY_MAX_CHARS);
  }
  return text;
}
