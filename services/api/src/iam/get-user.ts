/** iam:GetUser. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
import { GetUser$, type GetUserCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizeUser, existingUser, renderUser } from "./subject.ts";

export const getUser = operation<GetUserCommand>(GetUser$, {
  authorize: authorizeUser("iam:GetUser"),
  async handle({ input, ctx }) {
    const user = await existingUser(ctx.db, ctx, input.UserName);
    const tags = user.tags.map(({ key, value }) => ({ Key: key, Value: value }));
    return { User: { ...renderUser(ctx, user), ...(tags.length > 0 ? { Tags: tags } : {}) } };
  },
});
