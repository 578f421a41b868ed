/** The telemetry side of the agent: what containers use, and how their health checks stand. Lost messages are not repeated. */
import { type Credentials, signV4 } from "@roadstead/aws-protocol/sign-v4";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import { openSocket, socketUrl } from "../acs/envelope.ts";
import { type Send, type SessionLoop, type SessionTimings, startSessionLoop } from "../acs/session-loop.ts";
import { engineName, type TaskRecord } from "../decide/task.ts";
import type { TaskEngine } from "../engine/task-engine.ts";
import { AGENT_HASH, AGENT_VERSION } from "../version.ts";
import { type ContainerMetrics, containerMetrics, healthOf, type Sample, taskIdentity } from "./metrics.ts";

export interface TcsDeps {
  readonly engine: TaskEngine;
  readonly runtime: Pick<ContainerRuntime, "usage">;
  readonly log: Logger;
  readonly cluster: string;
  readonly instanceArn: string;
  readonly engineVersion: string;
  readonly region: string;
  readonly accessKey: Credentials;
  readonly endpoint: () => Promise<string>;
  readonly timings: SessionTimings;
  readonly metricsEveryMs: number;
  /** Changes of health are looked for this often and sent at once. */
  readonly healthEveryMs: number;
}

export interface Telemetry {
  stop(): Promise<void>;
}

const TASKS_PER_MESSAGE = 10;

export function startTcs(deps: TcsDeps): Telemetry {
  let send: Send | undefined;
  let target = "";
  const query = {
    agentHash: AGENT_HASH,
    agentVersion: AGENT_VERSION,
    cluster: deps.cluster,
    containerInstance: deps.instanceArn,
    dockerVersion: deps.engineVersion,
  };
  const session: SessionLoop = startSessionLoop({
    name: "tcs",
    timings: deps.timings,
    log: deps.log,
    async connect(signal) {
      const endpoint = await deps.endpoint();
      target = socketUrl(endpoint, query).href;
      return openSocket({ endpoint, query, region: deps.region, credentials: deps.accessKey }, signal);
    },
    opened: (opened) => {
      send = opened;
    },
    // Acknowledgements and heartbeats say only that the other side lives.
    received: () => undefined,
    closed: () => {
      send = undefined;
    },
  });
  const publish = (type: string, message: object) => send?.(frame(deps, target, { type, message }));
  const samples = new Map<string, Sample>();
  let lastHealth = "";
  const loops: readonly Loop[] = [
    startLoop({
      name: "tcs.metrics",
      everyMs: deps.metricsEveryMs,
      log: deps.log,
      async run() {
        const tasks = await sampleTasks(deps, samples);
        for (const message of metricsMessages(deps, tasks)) publish("PublishMetricsRequest", message);
        // Repeated with the metrics, since a message may have been lost.
        lastHealth = "";
      },
    }),
    startLoop({
      name: "tcs.health",
      everyMs: deps.healthEveryMs,
      log: deps.log,
      async run() {
        const tasks = healthOf(deps.engine.tasks());
        const text = JSON.stringify(tasks);
        if (!tasks || !send || text === lastHealth) return;
        lastHealth = text;
        for (let from = 0; from < tasks.length; from += TASKS_PER_MESSAGE) {
          const page = tasks.slice(from, from + TASKS_PER_MESSAGE);
          const isLast = from + TASKS_PER_MESSAGE >= tasks.length;
          publish("PublishHealthRequest", {
            metadata: {
              cluster: deps.cluster,
              containerInstance: deps.instanceArn,
              messageId: newUuid(),
              fin: isLast,
            },
            tasks: page,
            timestamp: Date.now() / 1_000,
          });
        }
      },
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await session.stop();
    },
  };
}

/** A frame is a signed header block, an empty line, then the document. */
function frame({ region, accessKey }: TcsDeps, url: string, document: object): string {
  const body = JSON.stringify(document);
  const headers = signV4({
    method: "GET",
    url,
    body,
    region,
    service: "ecs",
    credentials: accessKey,
    now: new Date(),
  });
  const lines = Object.entries(headers).map(([name, value]) => `${headerCase(name)}: ${value}\r\n`);
  return `${lines.join("")}\r\n${body}`;
}

const headerCase = (name: string) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

interface TaskMetrics {
  readonly taskArn: string;
  readonly containerMetrics: readonly ContainerMetrics[];
}

async function sampleTasks(
  { engine, runtime }: TcsDeps,
  samples: Map<string, Sample>,
): Promise<readonly TaskMetrics[]> {
  const seen = new Set<string>();
  const tasks: TaskMetrics[] = [];
  for (const task of engine.tasks()) {
    const metrics: ContainerMetrics[] = [];
    for (const { name, phase, runtimeId } of task.containers) {
      if (phase !== "RUNNING" || runtimeId === null) continue;
      const metric = await sampleContainer({ runtime, samples, task }, name, runtimeId);
      seen.add(runtimeId);
      if (metric) metrics.push(metric);
    }
    if (metrics.length > 0) tasks.push({ ...taskIdentity(task), containerMetrics: metrics });
  }
  for (const id of samples.keys()) if (!seen.has(id)) samples.delete(id);
  return tasks;
}

async function sampleContainer(
  from: {
    readonly runtime: Pick<ContainerRuntime, "usage">;
    readonly samples: Map<string, Sample>;
    readonly task: TaskRecord;
  },
  name: string,
  runtimeId: string,
): Promise<ContainerMetrics | null> {
  const usage = await from.runtime.usage(engineName(from.task.spec, name));
  if (!usage) return null;
  const now = { at: Date.now(), usage };
  const metric = containerMetrics(name, from.samples.get(runtimeId), now);
  from.samples.set(runtimeId, now);
  return metric;
}

/** Ten tasks a message; the last says so. Without tasks one message says that nothing runs. */
function metricsMessages(
  { cluster, instanceArn }: TcsDeps,
  tasks: readonly TaskMetrics[],
): readonly object[] {
  const pages: (readonly TaskMetrics[])[] = [];
  for (let from = 0; from < Math.max(tasks.length, 1); from += TASKS_PER_MESSAGE) {
    pages.push(tasks.slice(from, from + TASKS_PER_MESSAGE));
  }
  return pages.map((page, index) => ({
    metadata: {
      cluster,
      containerInstance: instanceArn,
      messageId: newUuid(),
      idle: page.length === 0,
      fin: index === pages.length - 1,
    },
    ...(page.length === 0 ? {} : { taskMetrics: page }),
    timestamp: Date.now() / 1_000,
  }));
}
