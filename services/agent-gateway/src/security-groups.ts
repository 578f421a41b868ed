/** Tells agents what the security groups of their tasks let through: before a task comes, and whenever it changes. */
import { createHash } from "node:crypto";
import type { Db, ReadTx } from "@roadstead/db/connect";
import { securityOfVpcs, vpcsOfInstances } from "@roadstead/db/security-state";
import type { VpcSecurity } from "@roadstead/model/vpc-security";
import { newUuid } from "@roadstead/service-kit/ids";
import type { AcsSession } from "./acs-session.ts";
import { renderSecurity } from "./decide/render-security.ts";

export interface SecurityGroups {
  /** Says what is in force now unless the agent knows it. Call it in the session's order, or an older state may come last. */
  tell(tx: Pick<ReadTx, "query">, session: AcsSession): Promise<void>;
  /** Looks which of the sessions' agents know something else than what is in force, and tells them. */
  sweep(db: Db, live: ReadonlyMap<string, AcsSession>): Promise<void>;
}

export function createSecurityGroups(): SecurityGroups {
  const said = new WeakMap<AcsSession, string>();
  const tell = async (tx: Pick<ReadTx, "query">, session: AcsSession) => {
    const { id } = session.instance;
    const state = (await statesOf(tx, [id])).get(id) ?? [];
    const revision = revisionOf(state);
    if (said.get(session) === revision) return;
    said.set(session, revision);
    session.socket.send("SecurityGroupsMessage", {
      messageId: newUuid(),
      generatedAt: Date.now(),
      vpcs: state.map((vpc) => renderSecurity(vpc, revisionOf([vpc]))),
    });
  };
  return {
    tell,
    async sweep(db, live) {
      const sessions = [...live.values()].filter((session) => session.socket.isOpen());
      const states = await statesOf(
        db,
        sessions.map(({ instance }) => instance.id),
      );
      const outdated = sessions.filter((session) => {
        // One that was told nothing yet is being welcomed.
        const known = said.get(session);
        return known !== undefined && known !== revisionOf(states.get(session.instance.id) ?? []);
      });
      await Promise.all(outdated.map((session) => session.inOrder(() => db.read((tx) => tell(tx, session)))));
    },
  };
}

/** Of the VPCs in which each of the instances has tasks. */
async function statesOf(
  tx: Pick<ReadTx, "query">,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VpcSecurity[]>> {
  const vpcIds = await vpcsOfInstances(tx, instanceIds);
  if (vpcIds.size === 0) return new Map();
  const all = await securityOfVpcs(tx, [...new Set([...vpcIds.values()].flat())]);
  return new Map([...vpcIds].map(([id, own]) => [id, all.filter(({ vpcId }) => own.includes(vpcId))]));
}

const revisionOf = (state: readonly VpcSecurity[]) =>
  createHash("sha256").update(JSON.stringify(state)).digest("base64url");
