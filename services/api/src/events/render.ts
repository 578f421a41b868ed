/** Rules as EventBridge answers them. */
import type { Rule } from "@aws-sdk/client-eventbridge";
import type { EventRuleRow } from "@roadstead/db/event-rules";
import type { Place } from "@roadstead/model/arn";
import { ruleArn } from "@roadstead/model/event-arn";
import { DEFAULT_BUS } from "./subject.ts";

export const renderRule = (place: Place, row: EventRuleRow): Rule => ({
  Name: row.name,
  Arn: ruleArn(place, row.name),
  EventPattern: row.pattern,
  State: row.state,
  EventBusName: DEFAULT_BUS,
  ...(row.description === null ? {} : { Description: row.description }),
  ...(row.roleArn === null ? {} : { RoleArn: row.roleArn }),
});
