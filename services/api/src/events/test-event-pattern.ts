/** events:TestEventPattern. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
import { TestEventPattern$, type TestEventPatternCommand } from "@aws-sdk/client-eventbridge";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { readPattern } from "./read-pattern.ts";

/** What EventBridge asks of an event before it looks whether it matches. */
const ENVELOPE = ["id", "account", "source", "time", "region", "resources", "detail-type"];

export const testEventPattern = operation<TestEventPatternCommand>(TestEventPattern$, {
  authorize: () => ({ action: "events:TestEventPattern", resource: "*" }),
  async handle({ input }) {
    const event = readEvent(input.Event ?? "");
    return { Result: readPattern(input.EventPattern ?? "")(event) };
  },
});

function readEvent(text: string): object {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw eventErrors.validation("Parameter Event is not valid. Reason: Invalid JSON.");
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw eventErrors.validation("Parameter Event is not valid. Reason: Event is not an object.");
  }
  const missing = ENVELOPE.find((member) => !Object.hasOwn(event, member));
  if (missing) {
    throw eventErrors.validation(`Parameter Event is not valid. Reason: ${missing} is a required field.`);
  }
  return event;
}
