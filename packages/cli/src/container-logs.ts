/** Finds the log streams of a service's or task's containers and reads what is new in them; `logs` calls this. */
import { type ApiAccess, callEcs, callLogs } from "./api-client.ts";

export interface LogSource {
  readonly group: string;
  readonly region: string;
  /** How its streams begin; with a task, all of their name. */
  readonly streamPrefix: string;
}

interface Definition {
  readonly containerDefinitions: readonly {
    readonly name: string;
    readonly logConfiguration?: {
      readonly logDriver: string;
      readonly options?: Readonly<Record<string, string>>;
    };
  }[];
}

export interface LogLine {
  readonly eventId: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
}

/** Null when there is neither a service nor a task of that name. */
export async function findLogSources(
  access: ApiAccess,
  cluster: string,
  name: string,
): Promise<readonly LogSource[] | null> {
  const { services = [] } = await callEcs<{
    readonly services?: readonly { readonly taskDefinition: string }[];
  }>(access, "DescribeServices", { cluster, services: [name] });
  const { tasks = [] } =
    services.length > 0
      ? {}
      : await callEcs<{
          readonly tasks?: readonly { readonly taskArn: string; readonly taskDefinitionArn: string }[];
        }>(access, "DescribeTasks", { cluster, tasks: [name] });
  const taskDefinition = services[0]?.taskDefinition ?? tasks[0]?.taskDefinitionArn;
  if (!taskDefinition) return null;
  const described = await callEcs<{ readonly taskDefinition: Definition }>(access, "DescribeTaskDefinition", {
    taskDefinition,
  });
  return sourcesOf(described.taskDefinition, {
    region: access.region,
    taskId: tasks[0]?.taskArn.split("/").at(-1) ?? "",
  });
}

/** One for each container whose output goes to a log group; `taskId` is empty for a whole service. */
export const sourcesOf = (
  { containerDefinitions }: Definition,
  { region, taskId }: { readonly region: string; readonly taskId: string },
): readonly LogSource[] =>
  containerDefinitions.flatMap(({ name, logConfiguration }) => {
    const { logDriver, options = {} } = logConfiguration ?? { logDriver: "" };
    const prefix = options["awslogs-stream-prefix"];
    if (logDriver !== "awslogs") return [];
    return [
      {
        group: options["awslogs-group"] ?? "",
        region: options["awslogs-region"] ?? region,
        // Streams without a prefix are named by containers, which are not known here.
        streamPrefix: prefix === undefined ? "" : `${prefix}/${name}/${taskId}`,
      },
    ];
  });

const FIRST_MS = 60 * 60_000;
const FIRST_LINES = 100;
/** An event may come after one that is newer. */
const LATE_MS = 5_000;
const PAGES_MAX = 50;

/** The first time the newest lines of the last hour, then what came since. */
export function readNewLines(
  access: ApiAccess,
  sources: readonly LogSource[],
  nowMs: number,
  read = readLines,
): () => Promise<readonly string[]> {
  const states = sources.map((source) => ({
    source,
    sinceMs: nowMs - FIRST_MS,
    seen: new Map<string, number>(),
  }));
  let isFirst = true;
  return async () => {
    const fresh: LogLine[] = [];
    for (const state of states) {
      const lines = await read(access, state.source, state.sinceMs);
      fresh.push(...lines.filter(({ eventId }) => !state.seen.has(eventId)));
      for (const { eventId, timestamp } of lines) {
        state.seen.set(eventId, timestamp);
        state.sinceMs = Math.max(state.sinceMs, timestamp - LATE_MS);
      }
      for (const [id, timestamp] of state.seen) if (timestamp < state.sinceMs) state.seen.delete(id);
    }
    fresh.sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
    const shown = isFirst ? fresh.slice(-FIRST_LINES) : fresh;
    isFirst = false;
    return shown.map(({ logStreamName, message }) => `${shortName(logStreamName)} | ${message}`);
  };
}

/** `prefix/container/task` as `container/task`, the task short. */
function shortName(stream: string): string {
  const [task = stream, container] = stream.split("/").reverse();
  const short = task.slice(0, 8);
  return container === undefined ? short : `${container}/${short}`;
}

async function readLines(
  access: ApiAccess,
  { group, region, streamPrefix }: LogSource,
  sinceMs: number,
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: { readonly events?: readonly LogLine[]; readonly nextToken?: string } = await callLogs(
      { ...access, region },
      "FilterLogEvents",
      {
        logGroupName: group,
        ...(streamPrefix === "" ? {} : { logStreamNamePrefix: streamPrefix }),
        startTime: sinceMs,
        nextToken,
      },
    );
    lines.push(...(answer.events ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return lines;
}
