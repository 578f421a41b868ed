/** iam:CreatePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
import { CreatePolicy$, type CreatePolicyCommand } from "@aws-sdk/client-iam";
import { findManagedPolicy, insertManagedPolicy } from "@roadstead/db/managed-policies";
import { policyArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { checkedManagedPolicy } from "./managed-document.ts";
import { renderPolicy } from "./policy-subject.ts";
import { readTags, tagsMember } from "./tags.ts";

export const createPolicy = operation<CreatePolicyCommand>(CreatePolicy$, {
  authorize: ({ input, ctx }) => ({
    action: "iam:CreatePolicy",
    resource: policyArn(ctx.caller.accountId, input.Path || "/", input.PolicyName ?? ""),
  }),
  async handle({ input, ctx }) {
    const name = input.PolicyName ?? "";
    const document = checkedManagedPolicy(input.PolicyDocument);
    const tags = readTags(input.Tags);
    const { accountId } = ctx.caller;
    const description = input.Description || null;
    const policy = await ctx.db.write(async (tx) => {
      const wanted = { accountId, name, path: input.Path || "/", description, tags, document };
      const arn = await insertManagedPolicy(tx, wanted);
      return arn && findManagedPolicy(tx, accountId, arn);
    });
    if (!policy) throw iamErrors.policyExists(name);
    return { Policy: { ...renderPolicy({ kind: "customer", policy }, 0), ...tagsMember(tags) } };
  },
});
