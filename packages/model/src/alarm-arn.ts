/** Builds and reads the ARNs of alarms; CloudWatch's operations and scaling policies name alarms with them. */
import { type Arn, type Place, parseArn } from "./arn.ts";

export type AlarmArn = Arn<"alarm">;

export const alarmArn = ({ accountId, region }: Place, name: string) =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}` as AlarmArn;

/** Null when the text is no ARN of an alarm. A name may hold colons. */
export function parseAlarmArn(text: string): { readonly place: Place; readonly name: string } | null {
  const arn = parseArn(text);
  const name = arn?.resource.startsWith("alarm:") ? arn.resource.slice("alarm:".length) : "";
  if (arn?.service !== "cloudwatch" || name === "") return null;
  return { place: { accountId: arn.accountId, region: arn.region }, name };
}
