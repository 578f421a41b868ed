/** events:ListEventBuses. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html */
import { ListEventBuses$, type ListEventBusesCommand } from "@aws-sdk/client-eventbridge";
import { eventBusArn } from "@roadstead/model/event-arn";
import { operation } from "../operation.ts";
import { DEFAULT_BUS } from "./subject.ts";

export const listEventBuses = operation<ListEventBusesCommand>(ListEventBuses$, {
  authorize: ({ ctx }) => ({ action: "events:ListEventBuses", resource: eventBusArn(ctx.scope, "*") }),
  async handle({ input, ctx }) {
    const isAsked = DEFAULT_BUS.startsWith(input.NamePrefix ?? "");
    return { EventBuses: isAsked ? [{ Name: DEFAULT_BUS, Arn: eventBusArn(ctx.scope, DEFAULT_BUS) }] : [] };
  },
});
