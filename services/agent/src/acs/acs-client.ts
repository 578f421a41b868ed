/** The ACS side of the agent: takes assignments, manifests, credentials and heartbeats, and acknowledges each as the protocol says. */
import type { Credentials } from "@roadstead/aws-protocol/sign-v4";
import type { Logger } from "@roadstead/service-kit/log";
import type { Reporter } from "../control/reporter.ts";
import type { RoleCredentials } from "../credentials/role-credentials.ts";
import type { NameBook } from "../dns/name-book.ts";
import type { TaskEngine } from "../engine/task-engine.ts";
import type { GroupEnforcement } from "../network/group-enforcement.ts";
import { readGroups } from "../network/read-groups.ts";
import { AGENT_HASH, AGENT_VERSION } from "../version.ts";
import { type Envelope, openSocket } from "./envelope.ts";
import { answerManifest } from "./manifest.ts";
import { readTask } from "./read-task.ts";
import { type Send, type SessionLoop, type SessionTimings, startSessionLoop } from "./session-loop.ts";

export interface AcsDeps {
  readonly engine: TaskEngine;
  readonly reporter: Reporter;
  readonly credentials: RoleCredentials;
  /** Null where nothing answers containers that ask about themselves. */
  readonly newMetadataId: (() => string) | null;
  /** Null where nobody's security groups are enforced. */
  readonly groups: GroupEnforcement | null;
  /** Null where no DNS is answered. */
  readonly names: NameBook | null;
  readonly sequence: SequenceKeeper;
  readonly log: Logger;
  readonly cluster: string;
  readonly instanceArn: string;
  readonly engineVersion: string;
  readonly region: string;
  /** `host:port` at which this machine's engine reaches our registry. */
  readonly registryAddress: string;
  readonly accessKey: Credentials;
  readonly endpoint: () => Promise<string>;
  readonly timings: SessionTimings;
}

/** The greatest sequence number taken, kept on disk. */
export interface SequenceKeeper {
  readonly latest: () => number;
  raise(to: number): Promise<void>;
}

export function startAcs(deps: AcsDeps): SessionLoop {
  let wantsCredentials = true;
  return startSessionLoop({
    name: "acs",
    timings: deps.timings,
    log: deps.log,
    async connect(signal) {
      const query = {
        agentHash: AGENT_HASH,
        agentVersion: AGENT_VERSION,
        clusterArn: deps.cluster,
        containerInstanceArn: deps.instanceArn,
        dockerVersion: `DockerVersion: ${deps.engineVersion}`,
        protocolVersion: "2",
        sendCredentials: String(wantsCredentials),
        seqNum: "1",
      };
      const endpoint = await deps.endpoint();
      const socket = await openSocket(
        { endpoint, query, region: deps.region, credentials: deps.accessKey },
        signal,
      );
      wantsCredentials = false;
      return socket;
    },
    opened: () =>
      deps.log.info({ op: "acs.open", instanceArn: deps.instanceArn }, "connected to the control plane"),
    received: (envelope, send) => take(deps, envelope, send),
  });
}

async function take(deps: AcsDeps, { type, message }: Envelope, send: Send): Promise<void> {
  const { messageId } = message;
  if (typeof messageId !== "string") return;
  const reply = (kind: string, fields: object) => send(JSON.stringify({ type: kind, message: fields }));
  const ack = () =>
    reply("AckRequest", { cluster: deps.cluster, containerInstance: deps.instanceArn, messageId });
  switch (type) {
    case "HeartbeatMessage":
      return reply("HeartbeatAckRequest", { messageId });
    case "PayloadMessage":
      // Not waited for: each is on disk by itself, and acknowledgements may come in any order.
      takePayload(deps, message, { ack, reply }).catch((error: unknown) => {
        deps.log.error({ op: "acs.payload", messageId, err: error }, "could not take an assignment");
      });
      return;
    case "IAMRoleCredentialsMessage": {
      const isKnown = deps.engine.tasks().some(({ spec }) => spec.arn === message.taskArn);
      const { taskArn, roleType } = message;
      const taken = isKnown ? deps.credentials.take({ taskArn, roleType }, message.roleCredentials) : null;
      if (taken) reply("IAMRoleCredentialsAckRequest", { messageId, ...taken });
      return;
    }
    case "SecurityGroupsMessage":
      return takeGroups(deps, message);
    case "NamesMessage":
      return deps.names?.take(message);
    case "TaskManifestMessage":
      return answerManifest(deps, message, { ack, reply });
    case "TaskStopVerificationAck":
      return takeStopAck(deps, message);
    case "StageUpdateMessage":
    case "PerformUpdateMessage":
      return reply("NackRequest", {
        cluster: deps.cluster,
        containerInstance: deps.instanceArn,
        messageId,
        reason: "Updates are disabled",
      });
    default:
      deps.log.debug({ op: "acs.ignored", type }, "message of a type this agent does not know");
  }
}

/** Not acknowledged: it comes whole, again and again. */
async function takeGroups({ groups, log }: AcsDeps, message: Envelope["message"]): Promise<void> {
  const vpcs = readGroups(message);
  if (!vpcs) log.error({ op: "acs.groups" }, "unreadable security groups: what held before holds on");
  else await groups?.take(vpcs);
}

export interface Replies {
  readonly ack: () => void;
  readonly reply: (kind: string, fields: object) => void;
}

/** Acknowledged only when every task of it is on disk. */
async function takePayload(
  deps: AcsDeps,
  message: Envelope["message"],
  { ack, reply }: Replies,
): Promise<void> {
  const clusterArn = String(message.clusterArn ?? "");
  const documents = Array.isArray(message.tasks) ? (message.tasks as readonly unknown[]) : [];
  let isComplete = true;
  for (const document of documents) {
    const reading = readTask(document, { clusterArn, registryAddress: deps.registryAddress });
    if (!reading.ok) {
      isComplete = false;
      // The misspelling is the public agent's, and control planes look for it.
      const reason = `UnrecogniedTaskError: Error loading task - ${reading.problem}`;
      deps.log.error(
        { op: "acs.payload", taskArn: reading.arn, problem: reading.problem },
        "unreadable task",
      );
      if (reading.arn) deps.reporter.refuse({ arn: reading.arn, clusterArn, reason });
      continue;
    }
    // Before the task begins: its first pull may need them.
    for (const taken of takeCredentials(deps, reading.spec.arn, document)) {
      reply("IAMRoleCredentialsAckRequest", { messageId: message.messageId, ...taken });
    }
    const metadataId = deps.newMetadataId?.();
    await deps.engine.assign({ ...reading.spec, ...(metadataId ? { metadataId } : {}) }, reading.desired);
  }
  if (!isComplete) return;
  if (typeof message.seqNum === "number") await deps.sequence.raise(message.seqNum);
  ack();
}

function takeCredentials({ credentials }: AcsDeps, taskArn: string, document: unknown) {
  const { roleCredentials, executionRoleCredentials } = document as Record<string, unknown>;
  return [
    credentials.take({ taskArn, roleType: "TaskApplication" }, roleCredentials),
    credentials.take({ taskArn, roleType: "TaskExecution" }, executionRoleCredentials),
  ].filter((taken) => taken !== null);
}

async function takeStopAck({ engine, log }: AcsDeps, message: Envelope["message"]): Promise<void> {
  const tasks = Array.isArray(message.stopTasks)
    ? (message.stopTasks as { readonly taskArn?: unknown }[])
    : [];
  const arns = tasks.flatMap(({ taskArn }) => (typeof taskArn === "string" ? [taskArn] : []));
  if (arns.length === 0) return;
  log.info({ op: "acs.stopUnwanted", taskArns: arns }, "stopping tasks the control plane does not want");
  await engine.stopTasks(arns);
}
