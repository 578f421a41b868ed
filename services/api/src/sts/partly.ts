/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  AssumeRole: "tags, MFA, source identities and managed session policies are refused",
} as const;
