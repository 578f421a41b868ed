/** Loads what a session's agent has not acknowledged, decides its messages, and sends them; runs for bells and sweeps. */
import { takeSequence } from "@roadstead/db/agent-sessions";
import { newestBell, takeBells } from "@roadstead/db/bells";
import type { Db, WriteTx } from "@roadstead/db/connect";
import { clusterArn } from "@roadstead/model/arn";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import type { AcsSession } from "./acs-session.ts";
import { CLOSE } from "./agent-socket.ts";
import type { ImageNames } from "./decide/agent-image.ts";
import { renderTask } from "./decide/render-task.ts";
import { type Assignment, type DefinitionCache, loadUndelivered, loadWanted } from "./load-delivery.ts";
import { deregisteredOf } from "./load-instance.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { SecurityGroups } from "./security-groups.ts";
import { type CredentialsOfTask, hasRoles, loadTaskRoles, type RoleMint } from "./task-roles.ts";

/** Assignments of one transaction. */
const BATCH_MAX = 500;
/** Assignments an agent may hold unacknowledged before it gets more. */
const IN_FLIGHT_MAX = 2_000;

export interface DeliverDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly definitions: DefinitionCache;
  readonly metrics: GatewayMetrics;
  readonly imageNames: ImageNames;
  readonly roles: RoleMint;
  readonly security: SecurityGroups;
}

/**
 * Sends everything due. One task a message: an agent acknowledges a message as a whole, so one bad task must not
 * hold up others. The bells are read before the tasks and taken in the same transaction: a bell that rang later stays.
 */
export async function deliver(deps: DeliverDeps, session: AcsSession): Promise<void> {
  const endTimer = deps.metrics.deliverySeconds.startTimer();
  for (;;) {
    if (!session.socket.isOpen() || session.socket.isBusy()) return;
    const inFlight = session.inFlight();
    if (inFlight.length >= IN_FLIGHT_MAX) return;
    const batch = await deps.db.write((tx) => claimBatch(tx, deps, { session, inFlight }));
    if (batch.kind !== "tasks") return end(session, batch.kind);
    await tellSecurity(deps, session, batch.tasks);
    for (const [index, task] of batch.tasks.entries()) sendPayload(deps, session, batch, index, task);
    if (batch.tasks.length > 0) endTimer();
    if (batch.tasks.length < BATCH_MAX) return;
  }
}

/** An agent is to know what may reach a task before it has the task. */
async function tellSecurity(
  { db, security }: DeliverDeps,
  session: AcsSession,
  tasks: readonly Assignment[],
): Promise<void> {
  if (tasks.every(({ networkInterface }) => networkInterface === null)) return;
  await db.read((tx) => security.tell(tx, session));
}

function end({ socket }: AcsSession, why: "over" | "deregistered"): void {
  if (why === "over") socket.close(CLOSE.sessionOver, "session is over");
  else socket.close(CLOSE.deregistered, "container instance was deregistered");
}

type Batch =
  | { readonly kind: "over" | "deregistered" }
  | {
      readonly kind: "tasks";
      readonly tasks: readonly Assignment[];
      /** Null for a task that could not be rendered. */
      readonly rendered: readonly (object | null)[];
      readonly firstSequence: number;
    };

async function claimBatch(
  tx: WriteTx,
  deps: DeliverDeps,
  { session, inFlight }: { readonly session: AcsSession; readonly inFlight: readonly string[] },
): Promise<Batch> {
  const { instance } = session;
  const bell = await newestBell(tx, "deliver", instance.id);
  const tasks = await loadUndelivered(tx, session.id, { inFlight, limit: BATCH_MAX });
  if (tasks.length === 0 && (await deregisteredOf(tx, [instance.id])).length > 0)
    return { kind: "deregistered" };
  const known = await deps.definitions.load(
    tx,
    tasks.map((task) => task.taskDefinitionId),
  );
  const credentials = await rolesOf(tx, deps, { session, tasks, known });
  const firstSequence = tasks.length === 0 ? 0 : await takeSequence(tx, session.id, tasks.length);
  if (firstSequence === null) return { kind: "over" };
  await takeBells(tx, "deliver", instance.id, bell);
  const rendered = tasks.map((task) =>
    render(task, known.get(task.taskDefinitionId), { deps, session, credentials }),
  );
  return { kind: "tasks", tasks, rendered, firstSequence };
}

/** A task that is to stop needs none: what it has lasts. */
async function rolesOf(
  tx: WriteTx,
  { roles }: DeliverDeps,
  batch: {
    readonly session: AcsSession;
    readonly tasks: readonly Assignment[];
    readonly known: ReadonlyMap<string, TaskDefinition>;
  },
): Promise<ReadonlyMap<string, CredentialsOfTask>> {
  const tasks = batch.tasks.flatMap((task) => {
    const definition = batch.known.get(task.taskDefinitionId);
    return definition && task.desiredStatus === "RUNNING" ? [{ ...task, definition }] : [];
  });
  return loadTaskRoles(tx, roles, { place: batch.session.instance.place, tasks: tasks.filter(hasRoles) });
}

/** One bad task must not hold up the others of its instance: it is said once in a while, and left out. */
function render(
  task: Assignment,
  definition: TaskDefinition | undefined,
  {
    deps,
    session,
    credentials,
  }: {
    readonly deps: DeliverDeps;
    readonly session: AcsSession;
    readonly credentials: ReadonlyMap<string, CredentialsOfTask>;
  },
): object | null {
  const { place } = session.instance;
  try {
    if (!definition) throw new Error(`task definition ${task.taskDefinitionId} is gone`);
    const own = credentials.get(task.id) ?? {};
    return renderTask({
      task,
      definition,
      clusterName: task.clusterName,
      place,
      imageNames: deps.imageNames,
      credentials: own,
    });
  } catch (error) {
    deps.log.error({ op: "gateway.render", taskId: task.id, err: error }, "an assignment cannot be sent");
    return null;
  }
}

function sendPayload(
  { metrics }: DeliverDeps,
  session: AcsSession,
  batch: Extract<Batch, { kind: "tasks" }>,
  index: number,
  task: Assignment,
): void {
  const { instance, socket } = session;
  const messageId = newUuid();
  const sequence = batch.firstSequence + index;
  const rendered = batch.rendered[index];
  session.expectAck(messageId, task);
  if (!rendered) return;
  metrics.payloads.inc({ desired: task.desiredStatus });
  socket.send("PayloadMessage", {
    messageId,
    clusterArn: instance.clusterArn,
    containerInstanceArn: instance.arn,
    generatedAt: Date.now(),
    seqNum: sequence,
    timeline: sequence,
    tasks: [rendered],
  });
}

/**
 * Tells the agent everything it should be running, after a connection's first deliveries: what it has beyond that
 * it offers to stop. Its sequence number comes after theirs, or the agent would ignore it.
 */
export async function sendManifest({ db }: DeliverDeps, session: AcsSession): Promise<void> {
  const { instance, socket } = session;
  const { sequence, wanted } = await db.write(async (tx) => ({
    sequence: await takeSequence(tx, session.id, 1),
    wanted: await loadWanted(tx, instance.id),
  }));
  if (sequence === null) return end(session, "over");
  const arnOf = session.taskArnOf;
  socket.send("TaskManifestMessage", {
    messageId: newUuid(),
    clusterArn: instance.clusterArn,
    containerInstanceArn: instance.arn,
    generatedAt: Date.now(),
    timeline: sequence,
    tasks: wanted.map((task) => ({
      taskArn: arnOf(task),
      taskClusterArn: clusterArn(instance.place, task.clusterName),
      desiredStatus: "RUNNING",
    })),
  });
}
