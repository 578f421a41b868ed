/** Decides which target is in which slot: what has one keeps it, and a slot is used again only when it is empty. Pure. */
import { type Endpoint, type Group, type GroupSlots, type Slot, sameEndpoint } from "./snapshot.ts";

export const SLOTS_MIN = 8;

/** One slot as a running HAProxy has it. */
export interface ObservedSlot {
  readonly endpoint: Endpoint | null;
  readonly open: boolean;
  /** Requests in it now, those of workers that a reload left behind included. */
  readonly requests: number;
  /** Whether a worker that a reload left behind may still send requests to what is in it. */
  readonly openInOlder: boolean;
}

const FREE: Slot = { endpoint: null, open: false, initial: false };

/** Slots of one group; as many as there were unless more are needed. */
export function assignSlots(group: Group, observed: readonly ObservedSlot[]): GroupSlots {
  const wanted = wantedEndpoints(group);
  const kept = observed.map((slot) => takeWanted(wanted, slot.endpoint));
  const waiting = [...wanted.values()];
  const slots = kept.map((slot, index) => {
    if (slot) return slot;
    const empty = (observed[index]?.requests ?? 0) === 0;
    return (empty ? waiting.shift() : undefined) ?? FREE;
  });
  const size = sizeFor(slots.length, slots.length + waiting.length);
  const added = Array.from({ length: size - slots.length }, () => waiting.shift() ?? FREE);
  return { groupId: group.id, slots: [...slots, ...added] };
}

/** Targets that are the same place share a slot; it is open while one of them is registered. */
function wantedEndpoints(group: Group): Map<string, Slot> {
  const wanted = new Map<string, Slot>();
  for (const { address, port, state, health } of group.targets) {
    const key = keyOf({ address, port });
    const before = wanted.get(key);
    const initial = health === null || health === "initial" || health === "unused";
    wanted.set(key, {
      endpoint: { address, port },
      open: state === "registered" || before?.open === true,
      initial: initial && (before?.initial ?? true),
    });
  }
  return wanted;
}

function takeWanted(wanted: Map<string, Slot>, endpoint: Endpoint | null): Slot | undefined {
  if (endpoint === null) return undefined;
  const slot = wanted.get(keyOf(endpoint));
  wanted.delete(keyOf(endpoint));
  return slot;
}

/** Doubling keeps reloads rare; it never shrinks, because that would be a reload too. */
function sizeFor(present: number, needed: number): number {
  let size = Math.max(SLOTS_MIN, present);
  while (size < needed) size *= 2;
  return size;
}

const keyOf = ({ address, port }: Endpoint): string => `${address} ${port}`;

export const slotOf = (slots: readonly ObservedSlot[], endpoint: Endpoint): number =>
  slots.findIndex((slot) => sameEndpoint(slot.endpoint, endpoint));
