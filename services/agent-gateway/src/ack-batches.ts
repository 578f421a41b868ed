/** Groups agents' acknowledgements of a few milliseconds into one write; every session of the process shares it. */
import { markDelivered, type Session } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import type { DesiredStatus } from "@roadstead/model/task";
import type { Logger } from "@roadstead/service-kit/log";

const GATHER_MS = 5;

export interface Acknowledgement {
  readonly session: Session;
  readonly taskId: string;
  readonly desiredStatus: DesiredStatus;
  /** Called once it is written; without it the assignment is sent again in time. */
  readonly onWritten: () => void;
}

export interface AckBatches {
  add(ack: Acknowledgement): void;
  /** Writes what was gathered and waits for it. */
  flush(): Promise<void>;
}

export function createAckBatches({ db, log }: { readonly db: Db; readonly log: Logger }): AckBatches {
  let gathered: Acknowledgement[] = [];
  let timer: NodeJS.Timeout | undefined;
  // One after the other: a batch that waits for the database gathers more instead of taking another connection.
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    const acks = gathered;
    gathered = [];
    if (acks.length === 0) return;
    try {
      await writeAcks(db, acks);
      for (const { onWritten } of acks) onWritten();
    } catch (error) {
      log.warn({ op: "gateway.ack", count: acks.length, err: error }, "acknowledgements not written");
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };
  return {
    flush,
    add(ack) {
      gathered.push(ack);
      timer ??= setTimeout(() => void flush(), GATHER_MS);
    },
  };
}

async function writeAcks(db: Db, acks: readonly Acknowledgement[]): Promise<void> {
  const bySession = new Map<string, Acknowledgement[]>();
  for (const ack of acks) {
    const key = `${ack.session.instanceId} ${ack.session.epoch}`;
    const group = bySession.get(key);
    if (group) group.push(ack);
    else bySession.set(key, [ack]);
  }
  for (const group of bySession.values()) {
    const [first] = group;
    if (first) await markDelivered(db, first.session, group);
  }
  // The agent has the order to stop: that is what STOPPING says.
  const stopping = acks.filter(({ desiredStatus }) => desiredStatus === "STOPPED");
  if (stopping.length === 0) return;
  await db.write((tx) =>
    transitionTasks(
      tx,
      stopping.map(({ taskId, session }) => ({
        taskId,
        reportedBy: session.instanceId,
        lastStatus: "STOPPING" as const,
      })),
    ),
  );
}
