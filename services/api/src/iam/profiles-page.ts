/** A page of instance profiles, of all or of one role; the two listing operations answer it. */
import type { InstanceProfile } from "@aws-sdk/client-iam";
import { listInstanceProfiles } from "@roadstead/db/instance-profiles";
import type { ApiContext } from "../context.ts";
import { loadIamPage } from "./page.ts";
import { renderProfile } from "./profile-subject.ts";

export async function loadProfilesPage(
  ctx: ApiContext,
  operation: string,
  request: {
    readonly roleId: string | null;
    readonly pathPrefix: string;
    readonly input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined };
  },
): Promise<{ InstanceProfiles: InstanceProfile[]; IsTruncated: boolean; Marker: string | undefined }> {
  const { roleId, pathPrefix, input } = request;
  const { rows, ...page } = await loadIamPage({
    ctx,
    operation,
    filter: [roleId, pathPrefix],
    input,
    load: (afterName, limit) =>
      listInstanceProfiles(ctx.db, {
        accountId: ctx.caller.accountId,
        pathPrefix,
        roleId,
        afterName,
        limit,
      }),
    keyOf: ({ name }) => name,
  });
  const shown: InstanceProfile[] = [];
  for (const row of rows) shown.push(await renderProfile(ctx.db, ctx, row));
  return { InstanceProfiles: shown, ...page };
}
