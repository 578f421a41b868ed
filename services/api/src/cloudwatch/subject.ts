/** Which alarm a request is about, and what must be allowed to act on it. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { alarmArn, parseAlarmArn } from "@roadstead/model/alarm-arn";
import type { ApiContext } from "../context.ts";
import { cloudwatchErrors } from "./errors.ts";

/** An action that knows no resources. */
export const onAll = (action: string) => (): Authorization => ({
  action: `cloudwatch:${action}`,
  resource: "*",
});

export const onAlarm = (ctx: ApiContext, action: string, name: string): Authorization => ({
  action: `cloudwatch:${action}`,
  resource: alarmArn(ctx.scope, name),
});

interface Names {
  readonly input: { readonly AlarmNames?: readonly string[] | undefined };
  readonly ctx: ApiContext;
}

/** The action on each alarm that the request names. */
export const onNamed =
  (action: string) =>
  ({ input, ctx }: Names): readonly Authorization[] =>
    [...new Set(input.AlarmNames ?? [])].map((name) => onAlarm(ctx, action, name));

/** Of all that CloudWatch tags, alarms are what there is here. */
export function alarmOfArn(ctx: ApiContext, arn = ""): string {
  const parsed = parseAlarmArn(arn);
  const isHere = parsed?.place.accountId === ctx.scope.accountId && parsed.place.region === ctx.scope.region;
  if (!parsed || !isHere) throw cloudwatchErrors.invalid(`Invalid resource ARN: ${arn}`);
  return parsed.name;
}
