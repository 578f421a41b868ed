/** ecs:DeregisterTaskDefinition. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html */
import { DeregisterTaskDefinition$, type DeregisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { deregisterTaskDefinition as deregisterRow } from "@roadstead/db/task-definitions";
import { parseTaskDefinition } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { lookUpTaskDefinition } from "./references.ts";
import { renderTaskDefinition } from "./render/task-definition.ts";

export const deregisterTaskDefinition = operation<DeregisterTaskDefinitionCommand>(
  DeregisterTaskDefinition$,
  {
    authorize: () => ({ action: "ecs:DeregisterTaskDefinition", resource: "*" }),
    async handle({ input, ctx }) {
      const reference = input.taskDefinition ?? "";
      checkRevision(reference);
      const row = await ctx.db.write(async (tx) => {
        const found = await lookUpTaskDefinition(tx, ctx.scope, reference);
        if (!found) throw ecsErrors.clientException("Unable to describe task definition.");
        return deregisterRow(tx, found.id);
      });
      return { taskDefinition: renderTaskDefinition(ctx.scope, row) };
    },
  },
);

/** Unlike elsewhere, a bare family does not mean its latest revision. */
function checkRevision(reference: string): void {
  const parsed = parseTaskDefinition(reference);
  if (!parsed) throw ecsErrors.clientException("Unable to describe task definition.");
  if (!parsed.revision) throw ecsErrors.clientException("Revision is missing.");
  if (!/^[1-9]\d*$/.test(parsed.revision)) {
    throw ecsErrors.invalidParameter(`Invalid revision number. Number: ${parsed.revision}`);
  }
}
