/** Logs what services did and how their deployments go, in the transaction that says so; whoever writes either calls this. */
import { serviceActionOf } from "@roadstead/deployment/service-action";
import type { WriteTx } from "./connect.ts";

export interface SaidEvent {
  readonly id: string;
  readonly serviceId: string;
  readonly message: string;
}

/** One row for each message that is an action. Names are kept with it: a service may be gone when it is read. */
export async function recordServiceActions(tx: WriteTx, said: readonly SaidEvent[]): Promise<void> {
  const actions = said.flatMap(({ id, serviceId, message }) => {
    const action = serviceActionOf(message);
    return action ? [{ id, serviceId, ...action }] : [];
  });
  if (actions.length === 0) return;
  await tx.query(
    `INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT s.scope_id, 'service', a.id, 1, jsonb_build_object('cluster', c.name, 'service', s.name,
       'eventType', a."eventType", 'eventName', a."eventName", 'reason', a.reason)
     FROM jsonb_to_recordset($1) AS a(id text, "serviceId" text, "eventType" text, "eventName" text, reason text)
     JOIN services s ON s.id = a."serviceId" JOIN clusters c ON c.id = s.cluster_id`,
    [JSON.stringify(actions)],
    "service-actions",
  );
}

/** One row for each state that a deployment's rollout is ever in. */
export async function recordDeploymentState(tx: WriteTx, deploymentId: string): Promise<void> {
  await tx.query(
    `INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT s.scope_id, 'deployment', d.id, v.version, jsonb_build_object('cluster', c.name, 'service', s.name,
       'rolloutState', d.rollout_state, 'reason', d.rollout_state_reason)
     FROM service_deployments d JOIN services s ON s.id = d.service_id JOIN clusters c ON c.id = s.cluster_id
     CROSS JOIN LATERAL (SELECT array_position(ARRAY['IN_PROGRESS', 'COMPLETED', 'FAILED'], d.rollout_state) AS version) v
     WHERE d.id = $1 AND NOT EXISTS (SELECT FROM events e WHERE e.object_id = d.id AND e.version = v.version)`,
    [deploymentId],
    "deployment-state",
  );
}
