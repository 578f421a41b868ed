/**
 * Holds the packet filter to what security groups say for this agent's tasks: one set of chains, written whole at every
 * change, and jumps to it from where packets pass. Rules stay while the agent is away, and go with its last task.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { Filter } from "./filter.ts";
import { chainPrefix, hasJump, JUMPS, removeRules, withJump } from "./filter-jumps.ts";
import { chainsOf, type Held, rulesText } from "./group-rules.ts";
import type { VpcGroups } from "./read-groups.ts";

export interface GroupEnforcement {
  /** What the control plane says now, whole; in force soon. */
  take(vpcs: readonly VpcGroups[]): Promise<void>;
  /** Of tasks that were here before the agent was. */
  adopt(held: readonly Held[]): Promise<void>;
  /** Resolves once nothing passes to or from the address but what its groups let through. */
  protect(held: Held): Promise<void>;
  release(held: Held): Promise<void>;
  close(): Promise<void>;
}

export interface EnforcementDeps {
  readonly filter: Filter;
  readonly log: Logger;
  /** Tells the chains of several agents on a machine apart. */
  readonly agent: string;
  readonly load: () => Promise<readonly VpcGroups[]>;
  readonly save: (vpcs: readonly VpcGroups[]) => Promise<void>;
  readonly memberWaitMs?: number;
  readonly lookEveryMs?: number;
}

/** How long a new task waits to be named in a message before it begins with nothing let through. */
const MEMBER_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 30_000;
export async function openGroupEnforcement(deps: EnforcementDeps): Promise<GroupEnforcement> {
  const { log } = deps;
  const held = new Map<string, Held>();
  let vpcs = await deps.load();
  let learned = Promise.withResolvers<void>();
  let applying: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;

  const writer = createWriter(deps);
  /** One after the other: each writes everything that is known when it begins, so that those who wait share the next. */
  const apply = () => {
    waiting ??= applying
      .catch(() => undefined)
      .then(() => {
        waiting = null;
        applying = writer.write([...held.values()], vpcs);
        return applying;
      });
    return waiting;
  };
  /** The loop tries again. */
  const applyLater = (op: string) =>
    apply().catch((error: unknown) => {
      log.error({ op, err: error }, "could not write the rules of security groups yet");
    });
  const isMember = ({ vpcId, address }: Held) =>
    vpcs.some((vpc) => vpc.vpcId === vpcId && vpc.members.some((member) => member.address === address));
  const untilMember = async (one: Held) => {
    const deadline = Date.now() + (deps.memberWaitMs ?? MEMBER_WAIT_MS);
    while (!isMember(one) && Date.now() < deadline) {
      const waited = new AbortController();
      const pause = delay(deadline - Date.now(), undefined, { signal: waited.signal }).catch(() => undefined);
      await Promise.race([learned.promise, pause]);
      waited.abort();
    }
    if (!isMember(one)) {
      log.warn({ op: "groups.unknown", ...one }, "no security groups are known of a task: nothing passes");
    }
  };
  const loop: Loop = startLoop({
    name: "groups.look",
    everyMs: deps.lookEveryMs ?? LOOK_EVERY_MS,
    log,
    // Something else on the machine may have flushed them.
    async run() {
      writer.doubt();
      if (held.size > 0) await apply();
    },
  });
  return {
    async take(next) {
      vpcs = next;
      learned.resolve();
      learned = Promise.withResolvers();
      await deps.save(next);
      // Not waited for: what comes next may be a task, which waits for its own rules.
      if (held.size > 0) void applyLater("groups.take");
    },
    async adopt(some) {
      for (const one of some) held.set(one.address, one);
      // What the kernel has is what held before; tasks are not to go unattended for it.
      await applyLater("groups.adopt");
    },
    async protect(one) {
      await untilMember(one);
      held.set(one.address, one);
      await apply();
    },
    async release(one) {
      if (!held.delete(one.address)) return;
      await apply();
    },
    async close() {
      await loop.stop();
      await waiting?.catch(() => undefined);
      await applying.catch(() => undefined);
    },
  };
}

function createWriter({ filter, agent }: Pick<EnforcementDeps, "filter" | "agent">) {
  const prefix = chainPrefix(agent);
  /** What was last written, unless the filter may have something else by now. */
  let written: string | null = null;
  return {
    doubt() {
      written = null;
    },
    async write(held: readonly Held[], vpcs: readonly VpcGroups[]): Promise<void> {
      const rules = { prefix, held, vpcs };
      const text = rulesText({ ...rules, chains: [] });
      if (text === written) return;
      written = null;
      if (held.length === 0) return removeRules(agent, filter);
      const saved = await filter.save();
      await filter.restore(rulesText({ ...rules, chains: chainsOf(saved, prefix) }));
      for (const jump of JUMPS) if (!hasJump(saved, jump, prefix)) await withJump(filter, jump, prefix);
      written = text;
    },
  };
}
