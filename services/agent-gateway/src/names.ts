/** Tells agents which names lead where: when they come, and whenever it changes. They keep the list, and answer containers from it. */
import { createHash } from "node:crypto";
import { type BalancerName, listBalancerNames } from "@roadstead/db/balancer-names";
import type { Db } from "@roadstead/db/connect";
import { newUuid } from "@roadstead/service-kit/ids";
import type { AcsSession } from "./acs-session.ts";

export interface NamesTeller {
  /** Tells every session that was told another list, or none. */
  sweep(db: Db, live: ReadonlyMap<string, AcsSession>): Promise<void>;
}

export function createNamesTeller(): NamesTeller {
  const said = new WeakMap<AcsSession, string>();
  return {
    async sweep(db, live) {
      const names = await listBalancerNames(db);
      const revision = revisionOf(names);
      for (const session of live.values()) {
        if (said.get(session) === revision || !session.socket.isOpen()) continue;
        said.set(session, revision);
        session.socket.send("NamesMessage", {
          messageId: newUuid(),
          generatedAt: Date.now(),
          revision,
          names: names.map(({ name, address }) => ({ name, addresses: [address] })),
        });
      }
    },
  };
}

const revisionOf = (names: readonly BalancerName[]): string =>
  createHash("sha256").update(JSON.stringify(names)).digest("base64url");
