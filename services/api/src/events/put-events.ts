/** events:PutEvents. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
import {
  PutEvents$,
  type PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import { insertCustomEvents } from "@roadstead/db/custom-events";
import { eventBusArn } from "@roadstead/model/event-arn";
import { newUuid } from "@roadstead/service-kit/ids";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { checkBus, DEFAULT_BUS } from "./subject.ts";

const BYTES_MAX = 1_048_576;
/** What AWS counts for a time that is given. */
const TIME_BYTES = 14;

export const putEvents = operation<PutEventsCommand>(PutEvents$, {
  authorize: ({ ctx }) => ({ action: "events:PutEvents", resource: eventBusArn(ctx.scope, DEFAULT_BUS) }),
  async handle({ input, ctx }) {
    const entries = input.Entries ?? [];
    if (input.EndpointId) throw eventErrors.unsupported("Global endpoints are");
    for (const { EventBusName } of entries) checkBus(ctx, EventBusName);
    if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > BYTES_MAX) {
      throw eventErrors.validation("Total size of the entries in the request is over the limit.");
    }
    const results = entries.map((entry): PutEventsResultEntry => refusalOf(entry) ?? { EventId: newUuid() });
    await insertCustomEvents(
      ctx.db,
      ctx.scope.id,
      entries.flatMap((entry, index) => {
        const id = results[index]?.EventId;
        if (id === undefined) return [];
        return {
          id,
          source: entry.Source ?? "",
          detailType: entry.DetailType ?? "",
          resources: entry.Resources ?? [],
          detail: entry.Detail ?? "{}",
          timeMs: entry.Time?.getTime() ?? null,
        };
      }),
    );
    return { Entries: results, FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length };
  },
});

const bytesOf = ({ Time, Source, DetailType, Detail, Resources = [] }: PutEventsRequestEntry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ""),
    Time ? TIME_BYTES : 0,
  );

/** An entry that is refused leaves the others as they are. */
function refusalOf(entry: PutEventsRequestEntry): PutEventsResultEntry | null {
  const missing = (["Source", "DetailType", "Detail"] as const).find((member) => !entry[member]);
  if (missing) return invalid(missing, `${missing} is a required argument.`);
  if (entry.Source?.toLowerCase().startsWith("aws.")) {
    return {
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: "Not authorized for the source.",
    };
  }
  const texts = [entry.Source, entry.DetailType, ...(entry.Resources ?? [])];
  if (texts.some((text) => text?.includes("\0"))) return invalid("Source", "It has a null character.");
  return isObject(entry.Detail ?? "")
    ? null
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

const invalid = (parameter: string, reason: string): PutEventsResultEntry => ({
  ErrorCode: "InvalidArgument",
  ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}`,
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
