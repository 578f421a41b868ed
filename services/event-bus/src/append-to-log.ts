/** Writes events into a log group: one stream for each target of a rule, made when it is first needed. */
import type { Db } from "@roadstead/db/connect";
import type { EventDelivery } from "@roadstead/db/event-deliveries";
import { findLogStream, insertLogStream } from "@roadstead/db/log-streams";
import { appendLogEvents, type NewLogEvent } from "@roadstead/db/log-write";
import type { DeliveryResult } from "./delivery-result.ts";

export async function appendToLog(
  db: Db,
  group: string,
  delivery: Pick<EventDelivery, "scopeId" | "ruleName" | "targetId" | "event">,
  input: string,
): Promise<DeliveryResult> {
  const name = `${delivery.ruleName}/${delivery.targetId}`;
  const stream = { scopeId: delivery.scopeId, group, name };
  const found = await findLogStream(db, stream);
  if (found.groupId === null) return { kind: "dead", error: `the log group ${group} does not exist` };
  if (found.streamId === null) await insertLogStream(db, found.groupId, name);
  const streamId = found.streamId ?? (await findLogStream(db, stream)).streamId;
  if (streamId === null) return { kind: "failed", error: `the log group ${group} is being deleted` };
  const line = lineOf(delivery.event, input);
  const appended = await appendLogEvents(db, { groupId: found.groupId, streamId }, [line], Date.now());
  return appended === null
    ? { kind: "failed", error: `the log stream ${name} is being deleted` }
    : { kind: "delivered" };
}

/** A line's own time is taken when it is about that of its event; the store has no room for any other. */
const NEAR_MS = 3_600_000;

/** A template may make both a time and a text; otherwise the line is all of it, at the event's time. */
function lineOf(event: string, input: string): NewLogEvent {
  const { time } = JSON.parse(event) as { readonly time: string };
  const made = objectIn(input);
  const { timestamp, message } = made ?? {};
  const isLine = made !== null && Object.keys(made).length === 2 && typeof message === "string";
  const timestampMs = typeof timestamp === "number" ? timestamp : Date.parse(String(timestamp));
  const eventMs = Date.parse(time);
  const isNear = Math.abs(timestampMs - eventMs) <= NEAR_MS;
  return isLine
    ? { timestampMs: isNear ? timestampMs : eventMs, message }
    : { timestampMs: eventMs, message: input };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}
