/** The form that EventBridge gives every event, and an id that stays the same however often one is delivered. */
import { createHash } from "node:crypto";
import type { LoggedEvent } from "@roadstead/db/event-routing";
import type { Place } from "@roadstead/model/arn";

/** What is particular to an event. */
export interface EventBody {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: object;
  /** Where it is not the time of the log. */
  readonly time?: Date;
}

export interface EventBridgeEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export function envelope(
  { kind, objectId, version, at }: Pick<LoggedEvent, "kind" | "objectId" | "version" | "at">,
  { accountId, region }: Place,
  { source, detailType, resources, detail, time = at }: EventBody,
): EventBridgeEvent {
  return {
    version: "0",
    id: kind === "custom" ? objectId : eventId(`${kind}/${objectId}/${version}`),
    "detail-type": detailType,
    source,
    account: accountId,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources,
    detail,
  };
}

/** A UUID that follows from what happened, in the form of version 8. */
function eventId(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-a${d}-${e}`;
}
