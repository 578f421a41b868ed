/** iam:CreateUser. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
import { CreateUser$, type CreateUserCommand } from "@aws-sdk/client-iam";
import { insertUser } from "@roadstead/db/users";
import { userArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { renderUser } from "./subject.ts";

const NAME = /^[\w+=,.@-]{1,64}$/;
const PATH = /^\/([\x21-\x7e]{0,510}\/)?$/;

export const createUser = operation<CreateUserCommand>(CreateUser$, {
  authorize: ({ input, ctx }) => ({
    action: "iam:CreateUser",
    resource: userArn(ctx.caller.accountId, input.Path || "/", input.UserName ?? ""),
  }),
  async handle({ input, ctx }) {
    const name = input.UserName ?? "";
    const path = input.Path || "/";
    if (!NAME.test(name)) {
      throw iamErrors.validation(
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
      );
    }
    if (!PATH.test(path)) {
      throw iamErrors.validation(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
      );
    }
    const tags = (input.Tags ?? []).map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" }));
    const user = await ctx.db.write((tx) =>
      insertUser(tx, { accountId: ctx.caller.accountId, name, path, tags }),
    );
    if (!user) throw iamErrors.userExists(name);
    return { User: { ...renderUser(ctx, user), ...(input.Tags ? { Tags: input.Tags } : {}) } };
  },
});
