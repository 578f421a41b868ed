/** ecs:ListTaskDefinitions. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html */
import { ListTaskDefinitions$, type ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { listTaskDefinitions as listRows } from "@roadstead/db/task-definitions";
import { taskDefinitionArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { ecsErrors } from "./errors.ts";
import { oneOf } from "./task-definition/rule.ts";

export const listTaskDefinitions = operation<ListTaskDefinitionsCommand>(ListTaskDefinitions$, {
  authorize: () => ({ action: "ecs:ListTaskDefinitions", resource: "*" }),
  async handle({ input, ctx }) {
    const { status = "ACTIVE", sort = "ASC" } = input;
    const unknown =
      oneOf("status", status, ["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]) ??
      oneOf("sort", sort, ["ASC", "DESC"]);
    if (unknown) throw ecsErrors.invalidParameter(unknown);
    // `familyPrefix` is an exact family here, though not in ListTaskDefinitionFamilies.
    const filter = { family: input.familyPrefix || null, status, sort };
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListTaskDefinitions",
      filter,
      input,
      defaultSize: 100,
      maxSize: 100,
      load: (after, limit) =>
        listRows(ctx.db, { ...filter, scopeId: ctx.scope.id, after: placeOf(after), limit }),
      keyOf: ({ family, revision }) => `${family}:${revision}`,
    });
    const taskDefinitionArns = rows.map((row) => taskDefinitionArn(ctx.scope, row.family, row.revision));
    return { taskDefinitionArns, nextToken };
  },
});

function placeOf(key: string) {
  const [family = "", revision] = key.split(":");
  return key === "" ? null : { family, revision: Number(revision) };
}
