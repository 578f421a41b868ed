/** The repository a request is about: who may do what to it, and AWS's errors when it is not there. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ReadTx } from "@roadstead/db/connect";
import { findRepository, type RepositoryRow } from "@roadstead/db/repositories";
import { repositoryArn } from "@roadstead/model/arn";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { ecrErrors } from "./errors.ts";

interface OnRepository {
  readonly input: {
    readonly registryId?: string | undefined;
    readonly repositoryName?: string | undefined;
  };
  readonly ctx: ApiContext;
}

/** Only a policy of the other registry could let a caller in, and there are none yet. */
export function ownRegistry(
  ctx: ApiContext,
  registryId: string | undefined,
  action: string,
  name: string,
): void {
  const { accountId, region } = ctx.scope;
  if (registryId === undefined || registryId === accountId) return;
  const resource = repositoryArn({ accountId: registryId, region }, name);
  throw ecrErrors.otherRegistry(ctx.caller.principal.arn, action, resource);
}

/** An operation on one repository: the action on its ARN, with the tags it has. */
export const authorizeRepository =
  (action: string) =>
  async ({ input, ctx }: OnRepository): Promise<Authorization> => {
    const name = input.repositoryName ?? "";
    ownRegistry(ctx, input.registryId, action, name);
    return onRepository(ctx, action, name, await findRepository(ctx.db, ctx.scope.id, name));
  };

export const onRepository = (
  ctx: ApiContext,
  action: string,
  name: string,
  row: RepositoryRow | null | undefined,
): Authorization => ({
  action,
  resource: repositoryArn(ctx.scope, name),
  context: resourceTags(row?.tags ?? []),
});

const resourceTags = (tags: readonly Tag[]) =>
  Object.fromEntries(
    tags.flatMap(({ key, value }) => [
      [`aws:ResourceTag/${key}`, value],
      [`ecr:ResourceTag/${key}`, value],
    ]),
  );

export async function existingRepository(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  name: string | undefined,
): Promise<RepositoryRow> {
  return found(ctx, name, await findRepository(tx, ctx.scope.id, name ?? ""));
}

export function found(
  ctx: ApiContext,
  name: string | undefined,
  row: RepositoryRow | null | undefined,
): RepositoryRow {
  if (!row) throw ecrErrors.repositoryNotFound(named(ctx, name));
  return row;
}

export const named = ({ scope }: ApiContext, name: string | undefined) => ({
  accountId: scope.accountId,
  name: name ?? "",
});

/** What answers about a repository begin with. */
export const namesOf = (ctx: ApiContext, repository: RepositoryRow) => ({
  registryId: ctx.scope.accountId,
  repositoryName: repository.name,
});
