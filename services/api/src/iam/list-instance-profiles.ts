/** iam:ListInstanceProfiles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html */
import { ListInstanceProfiles$, type ListInstanceProfilesCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { loadProfilesPage } from "./profiles-page.ts";

export const listInstanceProfiles = operation<ListInstanceProfilesCommand>(ListInstanceProfiles$, {
  authorize: ({ ctx }) => ({
    action: "iam:ListInstanceProfiles",
    resource: `arn:aws:iam::${ctx.caller.accountId}:instance-profile/`,
  }),
  handle: ({ input, ctx }) =>
    loadProfilesPage(ctx, "ListInstanceProfiles", {
      roleId: null,
      pathPrefix: input.PathPrefix ?? "/",
      input,
    }),
});
