/** iam:ListUserPolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html */
import { ListUserPolicies$, type ListUserPoliciesCommand } from "@aws-sdk/client-iam";
import { listUserPolicies as listPolicies } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const listUserPolicies = operation<ListUserPoliciesCommand>(ListUserPolicies$, {
  authorize: authorizeUser("iam:ListUserPolicies"),
  async handle({ input, ctx }) {
    const user = await existingUser(ctx.db, ctx, input.UserName);
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListUserPolicies",
      filter: user.userId,
      input,
      load: async (after, limit) =>
        (await listPolicies(ctx.db, user.userId)).filter(({ name }) => name > after).slice(0, limit),
      keyOf: ({ name }) => name,
    });
    return { PolicyNames: rows.map(({ name }) => name), ...page };
  },
});
