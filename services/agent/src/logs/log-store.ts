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

const BATCH_SPAN_MAX_MS = 23 * 3_600_000;
const BATCH_MAX_BYTES = 1_000_000;
const EVENT_OVERHEAD_BYTES = 26;
/** A frame is sent in parts where it is too much for a batch; they are numbered within the frame. */
const PARTS_MAX = 10_000;
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
        logEvents: part.map(([timestamp, message]) => ({ timestamp, message: sendable(message) })),
      },
      from.signal,
    );
  }
}

/** The store takes no U+0000, which programs do write; it becomes what other bytes become that are no text. */
const sendable = (message: string): string => message.replaceAll("\0", "\ufffd");

/** In order of time, which lines of two sources need not be in, and none longer or larger than a batch may be. */
function partsOf(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const parts: LogLine[][] = [];
  let part: LogLine[] = [];
  let [firstMs, bytes] = [0, BATCH_MAX_BYTES];
  for (const line of lines.toSorted(([a], [b]) => a - b)) {
    const size = Buffer.byteLength(sendable(line[1])) + EVENT_OVERHEAD_BYTES;
    if (bytes + size > BATCH_MAX_BYTES || line[0] - firstMs > BATCH_SPAN_MAX_MS) {
      part = [];
      parts.push(part);
      [firstMs, bytes] = [line[0], 0];
    }
    part.push(line);
    bytes += size;
  }
  return parts;
}
