/** Answers a task manifest: what runs here and is not on it is proposed for a stop, never stopped unasked. */
import type { TaskEngine } from "../engine/task-engine.ts";
import type { Replies, SequenceKeeper } from "./acs-client.ts";
import type { Envelope } from "./envelope.ts";

export async function answerManifest(
  { engine, sequence }: { readonly engine: TaskEngine; readonly sequence: SequenceKeeper },
  message: Envelope["message"],
  { ack, reply }: Replies,
): Promise<void> {
  const { timeline, messageId } = message;
  if (typeof timeline !== "number" || timeline <= sequence.latest()) return;
  const listed = Array.isArray(message.tasks) ? (message.tasks as Record<string, unknown>[]) : [];
  const wanted = new Set(
    listed.filter(({ desiredStatus }) => desiredStatus === "RUNNING").map(({ taskArn }) => taskArn),
  );
  const here = engine.tasks().filter(({ desired, stoppedAt }) => desired === "RUNNING" && stoppedAt === null);
  const arns = [...here.map(({ spec }) => spec.arn), ...(await engine.strangers())];
  const stopCandidates = arns
    .filter((arn) => !wanted.has(arn))
    .map((taskArn) => ({ taskArn, taskClusterArn: message.clusterArn, desiredStatus: "STOPPED" }));
  await sequence.raise(timeline);
  ack();
  if (stopCandidates.length > 0) reply("TaskStopVerificationMessage", { messageId, stopCandidates });
}
