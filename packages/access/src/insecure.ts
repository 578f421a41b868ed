/** Who everybody is when ROADSTEAD_AUTH=insecure: a user who may do everything. For throw-away CI only. */
import type { UserPrincipal } from "@roadstead/db/principal";

const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

export const insecurePrincipal = (accountId: string): UserPrincipal => ({
  kind: "user",
  arn: `arn:aws:iam::${accountId}:user/anyone`,
  userId: "AIDAINSECUREINSECURE",
  userName: "anyone",
  policies: [{ name: "Insecure", document: EVERYTHING }],
});
