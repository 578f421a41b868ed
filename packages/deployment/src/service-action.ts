/** Which service action event a service's message stands for; the database layer logs it beside the message. */

export interface ServiceAction {
  readonly eventType: "INFO" | "WARN" | "ERROR";
  readonly eventName: string;
  readonly reason: string | null;
}

const action = (eventType: ServiceAction["eventType"], eventName: string, reason: string | null = null) => ({
  eventType,
  eventName,
  reason,
});

/** What a message says of the closest machine, or of Fargate, in the codes of events. */
const SHORTCOMINGS: readonly (readonly [text: string, reason: string])[] = [
  ["has insufficient CPU units available", "RESOURCE:CPU"],
  ["has insufficient memory available", "RESOURCE:MEMORY"],
  ["has insufficient GPU resource available", "RESOURCE:GPU"],
  ["is already using a port required by your task", "RESOURCE:PORTS"],
  ["is missing an attribute required by your task", "ATTRIBUTE"],
  ["Capacity is unavailable at this time", "RESOURCE:FARGATE"],
];

/**
 * Null for a message that is no action.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
 */
export function serviceActionOf(message: string): ServiceAction | null {
  const said = message.replace(/^\(service [^)]*\) /, "");
  if (said === "has reached a steady state.") return action("INFO", "SERVICE_STEADY_STATE");
  if (/^has started \d+ tasks/.test(said)) return action("INFO", "TASKS_STARTED");
  if (/^has stopped \d+ running tasks/.test(said)) return action("INFO", "TASKS_STOPPED");
  if (said.startsWith("is unable to consistently start tasks")) {
    return action("WARN", "SERVICE_TASK_START_IMPAIRED");
  }
  if (!said.startsWith("was unable to place a task")) return null;
  const [, reason] = SHORTCOMINGS.find(([text]) => said.includes(text)) ?? [null, null];
  return action("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", reason);
}
