/** The document of a managed policy as requests bring it; CreatePolicy and CreatePolicyVersion read it. */
import { checkedPolicy, sizeOf } from "./documents.ts";
import { iamErrors } from "./errors.ts";

const MAX_CHARS = 6_144;

export function checkedManagedPolicy(document: string | undefined): string {
  const text = checkedPolicy(document);
  if (sizeOf(text) > MAX_CHARS) throw iamErrors.quotaExceeded("PolicySize", MAX_CHARS);
  return text;
}
