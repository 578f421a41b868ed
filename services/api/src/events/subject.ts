/** Which bus, rule, connection or API destination a request is about, and what must be allowed to act on it. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { type EventRuleRow, findRule, lockRule } from "@roadstead/db/event-rules";
import { eventBusArn, parseRuleArn, ruleArn } from "@roadstead/model/event-arn";
import type { ApiContext } from "../context.ts";
import { eventErrors } from "./errors.ts";

export const DEFAULT_BUS = "default";
export const RULES_MAX = 300;
export const DESTINATIONS_MAX = 3_000;

/** There is one bus: its name or ARN, or nothing, says so. */
export function checkBus(ctx: ApiContext, written: string | undefined): void {
  if (written === undefined || written === DEFAULT_BUS) return;
  if (written !== eventBusArn(ctx.scope, DEFAULT_BUS)) throw eventErrors.noBus(written);
}

interface Arguments<Input> {
  readonly input: Input;
  readonly ctx: ApiContext;
}

/** The action on the rule that the request calls `Name` or `Rule`. */
export const authorizeRule =
  (action: string) =>
  ({
    input,
    ctx,
  }: Arguments<{
    readonly Name?: string | undefined;
    readonly Rule?: string | undefined;
  }>): Authorization => ({
    action: `events:${action}`,
    resource: ruleArn(ctx.scope, input.Name ?? input.Rule ?? ""),
  });

/** The same for what is named without the random end of its ARN. */
export const authorizeNamed =
  (action: string, kind: "connection" | "api-destination") =>
  ({ input, ctx }: Arguments<{ readonly Name?: string | undefined }>): Authorization => ({
    action: `events:${action}`,
    resource: `arn:aws:events:${ctx.scope.region}:${ctx.scope.accountId}:${kind}/${input.Name ?? ""}`,
  });

export const passRole = (roleArn: string): Authorization => ({
  action: "iam:PassRole",
  resource: roleArn,
  context: { "iam:PassedToService": "events.amazonaws.com" },
});

export async function existingRule(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  name = "",
): Promise<EventRuleRow> {
  const row = await findRule(tx, ctx.scope.id, name);
  if (!row) throw eventErrors.noRule(name);
  return row;
}

export async function heldRule(tx: WriteTx, ctx: ApiContext, name = ""): Promise<EventRuleRow> {
  const row = await lockRule(tx, ctx.scope.id, name);
  if (!row) throw eventErrors.noRule(name);
  return row;
}

/** Of all that EventBridge tags, rules are what there is here. */
export function ruleOfArn(ctx: ApiContext, arn = ""): string {
  const parsed = parseRuleArn(arn);
  const isHere = parsed?.place.accountId === ctx.scope.accountId && parsed.place.region === ctx.scope.region;
  if (!parsed || !isHere)
    throw eventErrors.validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  return parsed.name;
}
