/** One agent's ACS socket: who it is, what is in flight, when it last spoke. `acs-sessions` owns them all. */
import type { Session } from "@roadstead/db/agent-sessions";
import { taskArn } from "@roadstead/model/arn";
import { newUuid } from "@roadstead/service-kit/ids";
import type { AgentSocket } from "./agent-socket.ts";
import { type Assignment, assignmentKey, type NamedTask } from "./load-delivery.ts";
import type { ConnectedInstance } from "./load-instance.ts";

interface InFlight {
  readonly messageId: string;
  readonly sentAt: number;
  readonly task: Pick<Assignment, "id" | "desiredStatus">;
  /** The agent has acknowledged and the write is under way. */
  acknowledged: boolean;
}

export interface AcsSession {
  readonly id: Session;
  readonly instance: ConnectedInstance;
  readonly socket: AgentSocket;
  readonly taskArnOf: (task: NamedTask) => string;
  /** Runs `work` after everything this session does already: its messages keep their order. */
  inOrder(work: () => Promise<void>): Promise<void>;
  /** Like `inOrder`, but a pass that waits to start stands for all that are asked for meanwhile. */
  inOrderOnce(work: () => Promise<void>): Promise<void>;
  /** Keys of assignments sent on this socket that are not due again. */
  inFlight(): readonly string[];
  expectAck(messageId: string, task: Pick<Assignment, "id" | "desiredStatus">): void;
  /** The assignment a message carried; null for a message that is unknown or acknowledged already. */
  acknowledge(messageId: string): { readonly task: InFlight["task"]; readonly settled: () => void } | null;
  /** Forgets what waited too long; answers how many will be sent again. */
  expireInFlight(now: number): number;
  heard(now: number): void;
  silentFor(now: number): number;
  /** Sends a heartbeat when one is due. */
  heartbeat(now: number): void;
}

export interface AcsSessionOptions {
  readonly id: Session;
  readonly instance: ConnectedInstance;
  readonly socket: AgentSocket;
  readonly heartbeatMs: number;
  readonly resendMs: number;
  readonly now: number;
  /** 0 ≤ x < 1: spreads heartbeats of agents that connected together. */
  readonly phase: number;
}

export function createAcsSession(options: AcsSessionOptions): AcsSession {
  const { id, instance, socket, heartbeatMs, resendMs } = options;
  const byMessage = new Map<string, InFlight>();
  const byAssignment = new Map<string, InFlight>();
  let heardAt = options.now;
  let nextHeartbeat = options.now + heartbeatMs * options.phase;
  let tail: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;

  const forget = (entry: InFlight) => {
    byMessage.delete(entry.messageId);
    const key = assignmentKey(entry.task);
    if (byAssignment.get(key) === entry) byAssignment.delete(key);
  };
  const inOrder = (work: () => Promise<void>) => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
  return {
    id,
    instance,
    socket,
    taskArnOf: ({ id: taskId, clusterName }) => taskArn(instance.place, clusterName, taskId),
    inOrder,
    inOrderOnce(work) {
      waiting ??= inOrder(() => {
        waiting = undefined;
        return work();
      });
      return waiting;
    },
    inFlight: () => [...byAssignment.keys()],
    expectAck(messageId, task) {
      const entry = { messageId, sentAt: performance.now(), task, acknowledged: false };
      byMessage.set(messageId, entry);
      byAssignment.set(assignmentKey(task), entry);
    },
    acknowledge(messageId) {
      const entry = byMessage.get(messageId);
      if (!entry || entry.acknowledged) return null;
      entry.acknowledged = true;
      return { task: entry.task, settled: () => forget(entry) };
    },
    expireInFlight(now) {
      const due = [...byMessage.values()].filter(({ sentAt }) => now - sentAt > resendMs);
      for (const entry of due) forget(entry);
      return due.length;
    },
    heard: (now) => {
      heardAt = now;
    },
    silentFor: (now) => now - heardAt,
    heartbeat(now) {
      if (now < nextHeartbeat) return;
      nextHeartbeat = now + heartbeatMs;
      socket.send("HeartbeatMessage", { messageId: newUuid(), healthy: true });
    },
  };
}
