/** load → decide → apply → commit for all load balancers; the bell and the sweep of `start` call this. */
import { createHash } from "node:crypto";
import { assignSlots } from "@roadstead/balancing/assign-slots";
import { installationIn } from "@roadstead/balancing/installation-files";
import { renderConfiguration, structureOf } from "@roadstead/balancing/render-configuration";
import { firstHealthy, runtimeCommands } from "@roadstead/balancing/runtime-commands";
import {
  type BalancerSnapshot,
  type GroupSlots,
  type Slot,
  sameEndpoint,
} from "@roadstead/balancing/snapshot";
import { sourceCommands } from "@roadstead/balancing/source-commands";
import { type TargetStates, targetStates } from "@roadstead/balancing/target-states";
import { takeBells } from "@roadstead/db/bells";
import { type LoadedBalancers, loadBalancers } from "@roadstead/db/configure-balancers";
import type { Db } from "@roadstead/db/connect";
import type { SecretBox } from "@roadstead/db/secrets";
import {
  type BalancerState,
  forgetDrained,
  reportTargetHealth,
  setBalancerStates,
} from "@roadstead/db/target-health";
import { ALL_BALANCERS } from "@roadstead/messages/load-balancer";
import type { Logger } from "@roadstead/service-kit/log";
import { ensureAddressPool, POOL_PROBE } from "./address-pool.ts";
import { balancerStates, unservedDrained, unservedTargets } from "./balancer-reports.ts";
import { balancerSnapshot, listenerEndpoints, targetAddresses } from "./balancer-snapshot.ts";
import { type Bound, bindable, boundIn, endpointKey, isOwnAddress } from "./bindable.ts";
import { createHere } from "./here.ts";
import { ingressFiles, restricted } from "./ingress-files.ts";
import { certificateFiles } from "./listener-certificates.ts";
import type { Haproxy, ObservedHaproxy } from "./running-haproxy.ts";

export interface ConfigureDeps {
  readonly db: Db;
  readonly haproxy: Haproxy;
  /** Opens the private keys of certificates. */
  readonly certificateKeys: SecretBox;
  readonly log: Pick<Logger, "info" | "warn">;
}

export interface ConfigureOutcome {
  /** False while HAProxy is away: its next start takes what was written. */
  readonly running: boolean;
  readonly reloaded: boolean;
  readonly commands: number;
}

interface Wanted {
  readonly snapshot: BalancerSnapshot;
  readonly slots: readonly GroupSlots[];
  readonly structure: string;
  readonly text: string;
  /** For a worker that takes over from the one that runs. */
  readonly reloadText: string;
}

export function balancerConfigurator(deps: ConfigureDeps): () => Promise<ConfigureOutcome> {
  /** What was said last, so that a sweep that sees nothing new writes nothing. */
  let said = "";
  let awaySinceMs: number | null = null;
  const files = certificateFiles({ ...deps, folder: deps.haproxy.folder });
  const findHere = createHere();
  const sources = ingressFiles(deps.haproxy.folder);
  return async () => {
    const { db, haproxy } = deps;
    const loaded = await db.read((tx) => loadBalancers(tx, ALL_BALANCERS));
    const observed = await haproxy.observe();
    awaySinceMs = observed ? null : (awaySinceMs ?? performance.now());
    if (awaySinceMs !== null && performance.now() - awaySinceMs < AWAY_MS) return AWAY;
    const before = await haproxy.written();
    const bound = await openable(loaded, heldBy(observed, before, loaded));
    const certificates = await files.write(loaded);
    const here = await findHere(targetAddresses(loaded));
    const snapshot = balancerSnapshot(loaded, { bound, certificates, here, folder: haproxy.folder });
    const wanted = decide(haproxy.folder, snapshot, observed);
    await sources.write(snapshot);
    const applied = await apply(deps, { wanted, observed, before });
    await files.tidy();
    await sources.tidy(snapshot);
    const seen = observed ? targetStates(wanted.snapshot.groups, observed.servers) : NOTHING_SEEN;
    await haproxy.send(seen.newlyHealthy.flatMap(({ groupId, index }) => firstHealthy(groupId, index)));
    const balancers = observed ? balancerStates(loaded, bound, certificates) : [];
    const saying = JSON.stringify([seen.reports, unservedTargets(loaded)]);
    await commit(db, loaded, { seen, balancers, isNew: saying !== said });
    said = saying;
    return applied;
  };
}

/** The pool goes with a restart of the machine, or when somebody takes its route away, and then comes back here. */
async function openable(loaded: LoadedBalancers, held: ReadonlySet<string>): Promise<Bound> {
  const wanted = listenerEndpoints(loaded);
  // What is listened at is not tried again, and nobody can come to it or answer to it without the route.
  if (wanted.length > 0 && !(await isOwnAddress(POOL_PROBE))) ensureAddressPool();
  const bound = await bindable(wanted, held);
  const isAway = [...bound.refused.values()].includes("EADDRNOTAVAIL");
  return isAway && ensureAddressPool() ? bindable(wanted, held) : bound;
}

/** Addresses that are taken because our own HAProxy listens there. One that runs with another file may hold any of them. */
function heldBy(
  observed: ObservedHaproxy | null,
  before: string,
  loaded: LoadedBalancers,
): ReadonlySet<string> {
  if (observed === null) return new Set();
  const isOfFile = before.includes(`\n  description ${observed.structure}\n`);
  return isOfFile ? boundIn(before) : new Set(listenerEndpoints(loaded).map(endpointKey));
}

/** HAProxy that starts again is left alone for so long: it may hold its ports before it answers. */
const AWAY_MS = 3_000;
const AWAY: ConfigureOutcome = { running: false, reloaded: false, commands: 0 };
const NOTHING_SEEN: TargetStates = { reports: [], newlyHealthy: [], drained: [] };

function decide(folder: string, snapshot: BalancerSnapshot, observed: ObservedHaproxy | null): Wanted {
  const running = new Map(observed?.servers.groups.map((group) => [group.groupId, group.slots]));
  const slots = snapshot.groups.map((group) => assignSlots(group, running.get(group.id) ?? []));
  const installation = installationIn(folder, process.getuid?.() === 0);
  const structure = createHash("sha256")
    .update(structureOf(snapshot, slots, installation))
    .digest("hex")
    .slice(0, 16);
  const render = (all: readonly GroupSlots[]) =>
    renderConfiguration(snapshot, all, { ...installation, structure });
  return {
    snapshot,
    slots,
    structure,
    text: render(slots),
    reloadText: observed === null ? "" : render(handedOver(slots, observed)),
  };
}

/** Closed, a new target would miss the first check of each new worker, and be checked by none while reloads are many. */
function handedOver(all: readonly GroupSlots[], { servers }: ObservedHaproxy): readonly GroupSlots[] {
  return all.map(({ groupId, slots }) => {
    const running = servers.groups.find((group) => group.groupId === groupId)?.slots ?? [];
    const checks = servers.checks.get(groupId) ?? [];
    const isIll = (index: number) => running[index]?.open === true && checks[index]?.up === false;
    const isSame = ({ endpoint }: Slot, index: number) =>
      sameEndpoint(running[index]?.endpoint ?? null, endpoint);
    return {
      groupId,
      slots: slots.map((slot, index) =>
        slot.initial && isSame(slot, index) && isIll(index) ? { ...slot, handedOver: true } : slot,
      ),
    };
  });
}

/** The file comes first: HAProxy that dies between the two starts with what is wanted. */
async function apply(
  { haproxy, log }: ConfigureDeps,
  {
    wanted,
    observed,
    before,
  }: { readonly wanted: Wanted; readonly observed: ObservedHaproxy | null; readonly before: string },
): Promise<ConfigureOutcome> {
  if (observed === null) {
    if (before !== wanted.text) await haproxy.write(wanted.text);
    return { running: false, reloaded: false, commands: 0 };
  }
  const inPlace =
    observed.structure === wanted.structure ? runtimeCommands(observed.servers.groups, wanted.slots) : null;
  if (inPlace !== null) {
    if (before !== wanted.text) await haproxy.write(wanted.text);
    await haproxy.send(inPlace);
    for (const ingress of restricted(wanted.snapshot))
      await haproxy.send(sourceCommands(ingress, await haproxy.sources(ingress)));
    return { running: true, reloaded: false, commands: inPlace.length };
  }
  await haproxy.reload(wanted.reloadText, wanted.structure);
  const now = await haproxy.observe();
  const commands = (now && runtimeCommands(now.servers.groups, wanted.slots)) ?? [];
  await haproxy.send(commands);
  // What was handed over is not there for a start after a crash.
  if (wanted.reloadText !== wanted.text) await haproxy.write(wanted.text);
  log.info({ op: "balancers.reload", structure: wanted.structure }, "HAProxy took a new configuration");
  return { running: true, reloaded: true, commands: commands.length };
}

async function commit(
  db: Db,
  loaded: LoadedBalancers,
  found: {
    readonly seen: TargetStates;
    readonly balancers: readonly BalancerState[];
    readonly isNew: boolean;
  },
): Promise<void> {
  const { seen, balancers, isNew } = found;
  const drained = [...seen.drained, ...unservedDrained(loaded)];
  if (!isNew && drained.length === 0 && balancers.length === 0 && loaded.newestBell === 0) return;
  await db.write(async (tx) => {
    if (isNew) await reportTargetHealth(tx, [...seen.reports, ...unservedTargets(loaded)]);
    await forgetDrained(tx, drained);
    await setBalancerStates(tx, balancers);
    await takeBells(tx, "configureBalancers", ALL_BALANCERS, loaded.newestBell);
  });
}
