/** iam:ListAttachedUserPolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html */
import { ListAttachedUserPolicies$, type ListAttachedUserPoliciesCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { loadAttachedPage } from "./attached-page.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const listAttachedUserPolicies = operation<ListAttachedUserPoliciesCommand>(
  ListAttachedUserPolicies$,
  {
    authorize: authorizeUser("iam:ListAttachedUserPolicies"),
    async handle({ input, ctx }) {
      const { userId } = await existingUser(ctx.db, ctx, input.UserName);
      return loadAttachedPage(ctx, "ListAttachedUserPolicies", { holder: { kind: "user", userId }, input });
    },
  },
);
