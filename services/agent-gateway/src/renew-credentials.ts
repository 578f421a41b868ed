/** Sends tasks new credentials of their roles at half of the old ones' life; a loop of the ACS sessions runs it. */
import type { Db, ReadTx } from "@roadstead/db/connect";
import { newUuid } from "@roadstead/service-kit/ids";
import type { AcsSession } from "./acs-session.ts";
import type { TaskOverrides } from "./decide/apply-overrides.ts";
import { CLUSTER_NAME, type DefinitionCache, type NamedTask } from "./load-delivery.ts";
import { hasRoles, loadTaskRoles, type RoleMint } from "./task-roles.ts";

export interface RenewDeps {
  readonly db: Db;
  readonly definitions: DefinitionCache;
  readonly roles: RoleMint;
  /** By instance. */
  readonly live: ReadonlyMap<string, AcsSession>;
}

/**
 * A pass over all sessions. A connection begins with everything being sent anew, credentials too, so what is remembered of
 * a session is when that was.
 */
export function createRenewal(
  deps: RenewDeps,
  now: () => number = () => performance.now(),
): () => Promise<void> {
  const renewedAt = new WeakMap<AcsSession, number>();
  return async () => {
    for (const session of deps.live.values()) {
      const last = renewedAt.get(session);
      if (last !== undefined && now() - last < deps.roles.lifeMs / 2) continue;
      if (last !== undefined) await session.inOrder(() => renew(deps, session));
      renewedAt.set(session, now());
    }
  };
}

async function renew({ db, definitions, roles }: RenewDeps, session: AcsSession): Promise<void> {
  const { instance, socket } = session;
  const { rows, credentials } = await db.read(async (tx) => {
    const rows = await loadRunning(tx, instance.id);
    const known = await definitions.load(
      tx,
      rows.map(({ taskDefinitionId }) => taskDefinitionId),
    );
    const tasks = rows.flatMap(({ id, overrides, taskDefinitionId }) => {
      const definition = known.get(taskDefinitionId);
      return definition ? [{ id, overrides, definition }] : [];
    });
    const place = { place: instance.place, tasks: tasks.filter(hasRoles) };
    return { rows, credentials: await loadTaskRoles(tx, roles, place) };
  });
  for (const task of rows) {
    for (const [roleType, roleCredentials] of Object.entries(credentials.get(task.id) ?? {})) {
      const messageId = newUuid();
      const taskArn = session.taskArnOf(task);
      socket.send("IAMRoleCredentialsMessage", { messageId, taskArn, roleType, roleCredentials });
    }
  }
}

interface RunningTask extends NamedTask {
  readonly taskDefinitionId: string;
  readonly overrides: TaskOverrides;
}

const loadRunning = (tx: Pick<ReadTx, "query">, instanceId: string) =>
  tx.query<RunningTask>(
    `SELECT t.id, ${CLUSTER_NAME}, t.task_definition_id AS "taskDefinitionId", t.overrides
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.instance_id = $1 AND s.last_status <> 'STOPPED' ORDER BY t.id`,
    [instanceId],
    "gateway-running",
  );
