/** ecs:SubmitTaskStateChange. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SubmitTaskStateChange.html */
import {
  type AttachmentStateChange,
  type ContainerStateChange,
  SubmitTaskStateChange$,
  type SubmitTaskStateChangeCommand,
  type SubmitTaskStateChangeRequest,
} from "@aws-sdk/client-ecs";
import type { ContainerReport, ContainerStatus, NetworkBinding } from "@roadstead/model/task";
import type { TaskChange } from "@roadstead/model/task-transition";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { agentClusterArn, reportedTask } from "./agent-cluster.ts";
import { ecsErrors } from "./errors.ts";

const REASON_MAX_CHARS = 1_024;
const ACKNOWLEDGMENT = "ACK";
const ATTACHED = "ATTACHED";

/**
 * Agents repeat a report until it is acknowledged and drop it only on InvalidParameterException: so whatever
 * is stale or unknown is acknowledged, and only what can never be read is refused.
 */
export const submitTaskStateChange = operation<SubmitTaskStateChangeCommand>(SubmitTaskStateChange$, {
  keepUnknown: true,
  authorize: ({ input, ctx }) => ({
    action: "ecs:SubmitTaskStateChange",
    resource: agentClusterArn(ctx, input.cluster),
  }),
  async handle({ input, ctx }) {
    await ctx.reports.submit([taskChange(ctx, input)]);
    return { acknowledgment: ACKNOWLEDGMENT };
  },
});

function taskChange(ctx: ApiContext, input: SubmitTaskStateChangeRequest): TaskChange {
  const status = reportedStatus(input.status);
  return {
    taskId: reportedTask(ctx, input.cluster, input.task),
    ...reporter(ctx),
    ...taskStatus(status, input.attachments),
    ...(input.reason ? { reason: shortened(input.reason) } : {}),
    containers: (input.containers ?? []).map(containerReport),
    ...time("pullStartedAt", input.pullStartedAt),
    ...time("pullStoppedAt", input.pullStoppedAt),
    ...time("executionStoppedAt", input.executionStoppedAt),
  };
}

/**
 * PENDING says no more than that the agent has it, which is where it stands already, unless its interface had to be made
 * first: that this is done is said of the interface.
 */
function taskStatus(
  status: ContainerStatus | null,
  attachments: readonly AttachmentStateChange[] = [],
): Pick<TaskChange, "lastStatus"> {
  if (status === "RUNNING" || status === "STOPPED") return { lastStatus: status };
  return attachments.some((attachment) => attachment.status === ATTACHED) ? { lastStatus: "PENDING" } : {};
}

/** An agent that does not know a time may send the first year of its calendar. */
const time = <K extends string>(name: K, at: Date | undefined) =>
  at && at.getTime() > 0 ? ({ [name]: at.getTime() } as Record<K, number>) : {};

/** Cutting may halve a surrogate pair, which no row can hold. */
const shortened = (reason: string) => reason.slice(0, REASON_MAX_CHARS).toWellFormed();

/**
 * An agent speaks for its own instance alone; a user with the permission speaks for any. An agent without an
 * instance is not acknowledged: it has just registered elsewhere, and will repeat itself.
 */
export function reporter(ctx: ApiContext): { readonly reportedBy?: string } {
  const { principal } = ctx.caller;
  if (principal.kind !== "agent") return {};
  if (principal.containerInstanceId === null) throw ecsErrors.agentNotRegistered();
  return { reportedBy: principal.containerInstanceId };
}

const STATUSES: readonly string[] = ["PENDING", "RUNNING", "STOPPED"];

function reportedStatus(text: string | undefined): ContainerStatus | null {
  if (text === undefined || text === "") return null;
  if (!STATUSES.includes(text)) throw ecsErrors.invalidParameter(`Invalid status: ${text}`);
  return text as ContainerStatus;
}

export const containerReport = (change: ContainerStateChange): ContainerReport => ({
  name: change.containerName ?? "",
  status: reportedStatus(change.status),
  exitCode: change.exitCode ?? null,
  reason: change.reason ? shortened(change.reason) : null,
  runtimeId: change.runtimeId || null,
  imageDigest: change.imageDigest || null,
  networkBindings: change.networkBindings?.map((binding) => ({ ...binding }) as NetworkBinding) ?? null,
});
