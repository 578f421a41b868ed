/** ecr:DescribeRepositories. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html */
import { DescribeRepositories$, type DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { findRepositories, listRepositories } from "@roadstead/db/repositories";
import { repositoryArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { loadEcrPage, refusePage } from "./page.ts";
import { renderRepository } from "./render/repository.ts";
import { found, onRepository, ownRegistry } from "./repository.ts";

const ACTION = "ecr:DescribeRepositories";

export const describeRepositories = operation<DescribeRepositoriesCommand>(DescribeRepositories$, {
  async authorize({ input, ctx }) {
    ownRegistry(ctx, input.registryId, ACTION, input.repositoryNames?.[0] ?? "*");
    if (!input.repositoryNames) return { action: ACTION, resource: repositoryArn(ctx.scope, "*") };
    const rows = await rowsByName(ctx, input.repositoryNames);
    return input.repositoryNames.map((name) => onRepository(ctx, ACTION, name, rows.get(name)));
  },
  async handle({ input, ctx }) {
    if (input.repositoryNames) {
      refusePage(input, "repositoryNames");
      const rows = await rowsByName(ctx, input.repositoryNames);
      const names = [...new Set(input.repositoryNames)];
      return { repositories: names.map((name) => renderRepository(ctx, found(ctx, name, rows.get(name)))) };
    }
    const { rows, nextToken } = await loadEcrPage({
      ctx,
      operation: "DescribeRepositories",
      filter: null,
      input,
      load: async (afterName, limit) => {
        const page = await listRepositories(ctx.db, { scopeId: ctx.scope.id, afterName, limit });
        return page.map((row) => ({ row, key: row.name }));
      },
    });
    return { repositories: rows.map(({ row }) => renderRepository(ctx, row)), nextToken };
  },
});

async function rowsByName(ctx: ApiContext, names: readonly string[]) {
  const rows = await findRepositories(ctx.db, ctx.scope.id, names);
  return new Map(rows.map((row) => [row.name, row]));
}
