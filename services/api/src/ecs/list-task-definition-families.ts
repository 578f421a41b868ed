/** ecs:ListTaskDefinitionFamilies. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html */
import { ListTaskDefinitionFamilies$, type ListTaskDefinitionFamiliesCommand } from "@aws-sdk/client-ecs";
import { listFamilies } from "@roadstead/db/task-definitions";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { ecsErrors } from "./errors.ts";
import { oneOf } from "./task-definition/rule.ts";

export const listTaskDefinitionFamilies = operation<ListTaskDefinitionFamiliesCommand>(
  ListTaskDefinitionFamilies$,
  {
    authorize: () => ({ action: "ecs:ListTaskDefinitionFamilies", resource: "*" }),
    async handle({ input, ctx }) {
      const { status = "ALL", familyPrefix = "" } = input;
      const unknown = oneOf("status", status, ["ACTIVE", "INACTIVE", "ALL"]);
      if (unknown) throw ecsErrors.invalidParameter(unknown);
      const filter = { prefix: familyPrefix, status };
      const { rows, nextToken } = await loadPage({
        ctx,
        operation: "ListTaskDefinitionFamilies",
        filter,
        input,
        defaultSize: 100,
        maxSize: 100,
        load: (after, limit) => listFamilies(ctx.db, { ...filter, scopeId: ctx.scope.id, after, limit }),
        keyOf: ({ family }) => family,
      });
      return { families: rows.map(({ family }) => family), nextToken };
    },
  },
);
