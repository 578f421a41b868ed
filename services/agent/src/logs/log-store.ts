/** Speaks to the Logs API for one container: makes its stream, and sends what was spooled, each batch numbered. */
import { batchToken } from "@roadstead/model/log-batch";
import { type EcsClient, EcsError } from "../control/ecs-client.ts";
import type { LogLine } from "../decide/log-lines.ts";
import type { Frame } from "./log-spool.ts";

export interface LogDestination {
  readonly group: string;
  readonly stream: string;
  readonly createsGroup: boolean;
}

const EVENT_SPAN_MAX_MS = 23 * 3_600_000;
/** A frame of days is sent in parts, numbered within the frame. */
const PARTS_MAX = 100;
const SERVER_ERRORS_FROM = 500;

/** Whether the store has refused, and would again: it answered, and its answer was no fault of its own. */
export const isRefusal = (error: unknown): error is EcsError =>
  error instanceof EcsError && error.httpStatus < SERVER_ERRORS_FROM && error.code !== "ThrottlingException";

export const isMissing = (error: unknown): boolean =>
  error instanceof EcsError && error.code === "ResourceNotFoundException";

/** Making a stream or a group that is there is no error. */
export async function createStream(
  client: EcsClient,
  destination: LogDestination,
  signal?: AbortSignal,
): Promise<void> {
  const logGroupName = destination.group;
  const stream = { logGroupName, logStreamName: destination.stream };
  const create = () => orExists(() => client.call("CreateLogStream", stream, signal));
  try {
    await create();
  } catch (error) {
    if (!destination.createsGroup || !isMissing(error)) throw error;
    await orExists(() => client.call("CreateLogGroup", { logGroupName }, signal));
    await create();
  }
}

async function orExists(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof EcsError) || error.code !== "ResourceAlreadyExistsException") throw error;
  }
}

export async function sendFrame(
  client: EcsClient,
  { group, stream }: LogDestination,
  frame: Frame,
  from: { readonly writer: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const [index, part] of partsOf(frame.lines).entries()) {
    const batch = { writer: from.writer, number: frame.number * PARTS_MAX + index };
    await client.call(
      "PutLogEvents",
      {
        logGroupName: group,
        logStreamName: stream,
        sequenceToken: batchToken(batch),
        logEvents: part.map(([timestamp, message]) => ({ timestamp, message })),
      },
      from.signal,
    );
  }
}

/** In order of time, which lines of two sources need not be in, and none longer than a batch may span. */
function partsOf(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const sorted = lines.toSorted(([a], [b]) => a - b);
  const parts: LogLine[][] = [];
  for (const line of sorted) {
    const part = parts.at(-1);
    const first = part?.[0]?.[0] ?? Number.NEGATIVE_INFINITY;
    if (part && (line[0] - first <= EVENT_SPAN_MAX_MS || parts.length === PARTS_MAX)) part.push(line);
    else parts.push([line]);
  }
  return parts;
}
