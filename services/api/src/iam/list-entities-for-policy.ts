/** iam:ListEntitiesForPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
import { ListEntitiesForPolicy$, type ListEntitiesForPolicyCommand } from "@aws-sdk/client-iam";
import { entitiesOf } from "@roadstead/db/attached-policies";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { authorizePolicy, existingPolicy } from "./policy-subject.ts";

export const listEntitiesForPolicy = operation<ListEntitiesForPolicyCommand>(ListEntitiesForPolicy$, {
  authorize: authorizePolicy("iam:ListEntitiesForPolicy"),
  async handle({ input, ctx }) {
    const { policy } = await existingPolicy(ctx.db, ctx, input.PolicyArn);
    const kind = input.EntityFilter;
    const all = await entitiesOf(ctx.db, ctx.caller.accountId, policy.arn);
    const wanted = all
      .filter((one) => !kind || kind === (one.kind === "role" ? "Role" : "User"))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListEntitiesForPolicy",
      filter: [policy.arn, kind ?? null],
      input,
      load: async (after, limit) => wanted.filter(({ id }) => id > after).slice(0, limit),
      keyOf: ({ id }) => id,
    });
    const of = (which: "role" | "user") => rows.filter((one) => one.kind === which);
    return {
      PolicyGroups: [],
      PolicyRoles: of("role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      PolicyUsers: of("user").map(({ name, id }) => ({ UserName: name, UserId: id })),
      ...page,
    };
  },
});
