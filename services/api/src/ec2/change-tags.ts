/** Changes the tags of resources of any kind, all of those that are named or none. */
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";
import { existing, taggedKind } from "./kinds.ts";
import { changeNetwork } from "./network.ts";

const RESOURCES_MAX = 1_000;

export async function changeTags(
  ctx: ApiContext,
  ids: readonly string[] | undefined,
  change: (old: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  if (!ids || ids.length === 0) throw ec2Errors.missing("resourceIdSet");
  if (ids.length > RESOURCES_MAX) throw ec2Errors.refused(`More than ${RESOURCES_MAX} resources are named.`);
  await changeNetwork(ctx, async (tx) => {
    for (const id of ids) {
      const kind = taggedKind(id);
      if (!kind) throw ec2Errors.notFound("InvalidID", `The ID '${id}' is not valid`);
      const { tags } = await existing(tx, ctx, kind, id);
      await kind.table.update(tx, id, { tags: change(tags) });
    }
  });
}
