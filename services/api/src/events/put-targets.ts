/** events:PutTargets. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
import { PutTargets$, type PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { findApiDestination } from "@roadstead/db/api-destinations";
import type { ReadTx } from "@roadstead/db/connect";
import { type EventTargetRow, listTargets, putTargets as writeTargets } from "@roadstead/db/event-rules";
import { logGroupArn } from "@roadstead/model/arn";
import { apiDestinationArn, logGroupOf, parseEventArn } from "@roadstead/model/event-arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { readTarget } from "./read-target.ts";
import { authorizeRule, checkBus, heldRule, passRole } from "./subject.ts";

const TARGETS_MAX = 5;

export const putTargets = operation<PutTargetsCommand>(PutTargets$, {
  authorize: (request) => [
    authorizeRule("PutTargets")(request),
    ...(request.input.Targets ?? []).flatMap(({ RoleArn }) => (RoleArn ? [passRole(RoleArn)] : [])),
    ...(request.input.Targets ?? []).flatMap(({ Arn = "" }) => authorizeLogGroup(Arn)),
  ],
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      checkBus(ctx, input.EventBusName);
      const rule = await heldRule(tx, ctx, input.Rule);
      const targets = (input.Targets ?? []).map(readTarget);
      const ids = [...(await listTargets(tx, rule.id)), ...targets].map(({ targetId }) => targetId);
      if (new Set(targets.map(({ targetId }) => targetId)).size < targets.length) {
        throw eventErrors.validation("Duplicate target ids are not allowed in one request.");
      }
      if (new Set(ids).size > TARGETS_MAX) throw eventErrors.tooMany();
      for (const target of targets) await checkPlace(tx, ctx, target);
      await writeTargets(tx, rule.id, targets);
      return { FailedEntryCount: 0, FailedEntries: [] };
    }),
});

/** There are no policies of log groups that could say who may write into them: whoever puts the target must be allowed to. */
const authorizeLogGroup = (arn: string): readonly Authorization[] => {
  const group = logGroupOf(arn);
  if (!group) return [];
  const resource = `${logGroupArn(group.place, group.name)}:*`;
  return [
    { action: "logs:CreateLogStream", resource },
    { action: "logs:PutLogEvents", resource },
  ];
};

/** A destination must be there; a log group may come later, in this account and region. */
async function checkPlace(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  { arn }: EventTargetRow,
): Promise<void> {
  const group = logGroupOf(arn);
  if (group) {
    if (logGroupArn(ctx.scope, group.name) === logGroupArn(group.place, group.name)) return;
    throw eventErrors.unsupported(`Targets in other accounts and regions (${arn}) are`);
  }
  const name = parseEventArn(arn, "api-destination")?.name ?? "";
  const row = await findApiDestination(tx, ctx.scope.id, name);
  if (!row || apiDestinationArn(ctx.scope, row.name, row.id) !== arn) throw eventErrors.noDestination(name);
}
