/** Answers what an agent says on its ACS socket; unknown messages are for newer gateways and are left alone. */
import type { Db } from "@roadstead/db/connect";
import { z } from "zod";
import type { AckBatches } from "./ack-batches.ts";
import type { AcsSession } from "./acs-session.ts";
import { stoppable } from "./decide/stoppable.ts";
import type { Envelope } from "./frames.ts";
import { wantedOf } from "./load-delivery.ts";
import type { GatewayMetrics } from "./metrics.ts";

const CANDIDATES_MAX = 10_000;

const ackRequest = z.object({ messageId: z.string() });
const stopVerification = z.object({
  messageId: z.string(),
  stopCandidates: z
    .array(z.object({ taskArn: z.string() }))
    .max(CANDIDATES_MAX)
    .default([]),
});

export interface AcsMessageDeps {
  readonly db: Db;
  readonly acks: AckBatches;
  readonly metrics: GatewayMetrics;
}

/** False for a message of a known type that cannot be read. */
export async function takeAcsMessage(
  deps: AcsMessageDeps,
  session: AcsSession,
  { type, message }: Envelope,
): Promise<boolean> {
  switch (type) {
    case "AckRequest": {
      const parsed = ackRequest.safeParse(message);
      if (parsed.success) takeAck(deps, session, parsed.data.messageId);
      return parsed.success;
    }
    case "TaskStopVerificationMessage": {
      const parsed = stopVerification.safeParse(message);
      if (parsed.success) await answerStopVerification(deps, session, parsed.data);
      return parsed.success;
    }
    default:
      // Heartbeat and credential acknowledgements say no more than that the agent lives.
      return true;
  }
}

function takeAck({ acks, metrics }: AcsMessageDeps, session: AcsSession, messageId: string): void {
  const ack = session.acknowledge(messageId);
  if (!ack) return;
  metrics.acks.inc();
  acks.add({
    session: session.id,
    taskId: ack.task.id,
    desiredStatus: ack.task.desiredStatus,
    onWritten: ack.settled,
  });
}

/** Agrees to the stop of exactly those tasks that the database does not want here; when in doubt says nothing. */
async function answerStopVerification(
  { db }: AcsMessageDeps,
  session: AcsSession,
  { messageId, stopCandidates }: z.infer<typeof stopVerification>,
): Promise<void> {
  const { instance, socket } = session;
  const arns = [...new Set(stopCandidates.map(({ taskArn }) => taskArn))];
  const ids = arns.map((arn) => arn.split("/").at(-1) ?? "").filter((id) => /^[0-9a-f]{32}$/.test(id));
  const wanted = await wantedOf(db, instance.id, ids);
  const wantedArns = new Set(wanted.map(session.taskArnOf));
  socket.send("TaskStopVerificationAck", {
    messageId,
    generatedAt: Date.now(),
    stopTasks: stoppable(arns, wantedArns).map((taskArn) => ({
      taskArn,
      taskClusterArn: instance.clusterArn,
      desiredStatus: "STOPPED",
    })),
  });
}
