/** Events that users put on the bus, as they put them. */
import type { CustomEvent } from "@roadstead/db/custom-events";
import type { LoggedEvent } from "@roadstead/db/event-routing";
import type { EventBody } from "./event-envelope.ts";

export function customEvent({ detail: logged }: LoggedEvent): EventBody {
  const { source, detailType, resources, detail, timeMs } = logged as unknown as Omit<CustomEvent, "id">;
  return {
    source,
    detailType,
    resources,
    detail: JSON.parse(detail) as object,
    ...(timeMs === null ? {} : { time: new Date(timeMs) }),
  };
}
