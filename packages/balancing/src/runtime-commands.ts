/** Which commands bring a running HAProxy's slots to what is wanted; the load balancer sends them in this order. Pure. */
import { backendName } from "./actions.ts";
import type { ObservedSlot } from "./assign-slots.ts";
import { checkedName, NOWHERE, spareName } from "./backend.ts";
import { plainAddress } from "./quote.ts";
import { type GroupSlots, type Slot, sameEndpoint } from "./snapshot.ts";

export interface ObservedGroup {
  readonly groupId: string;
  readonly slots: readonly (ObservedSlot & { readonly spareOpen: boolean })[];
}

/**
 * Null when slots are missing: only a new configuration can add them. Targets that come are opened before others are
 * closed, so that there is somebody to send to after each command.
 */
export function runtimeCommands(
  observed: readonly ObservedGroup[],
  wanted: readonly GroupSlots[],
): readonly string[] | null {
  const groups = new Map(observed.map((group) => [group.groupId, group.slots]));
  const [opening, closing]: [string[], string[]] = [[], []];
  for (const { groupId, slots } of wanted) {
    const running = groups.get(groupId);
    if (running === undefined || running.length < slots.length) return null;
    for (const [index, slot] of slots.entries()) {
      const before = running[index];
      if (before === undefined) continue;
      const isOpening = slot.open && !slot.initial;
      const commands = slotCommands(backendName(groupId), index, before, slot);
      (isOpening ? opening : closing).push(...commands);
    }
  }
  return [...opening, ...closing];
}

function slotCommands(
  backend: string,
  index: number,
  before: ObservedGroup["slots"][number],
  after: Slot,
): readonly string[] {
  const checked = `${backend}/${checkedName(index)}`;
  const spare = `${backend}/${spareName(index)}`;
  const moved = !sameEndpoint(before.endpoint, after.endpoint);
  const commands: string[] = [];
  if (moved || !after.open) commands.push(...close(backend, index, before));
  if (moved) {
    const { address, port } = after.endpoint ?? NOWHERE;
    const place = `addr ${plainAddress(address)} port ${port}`;
    if (before.requests > 0) commands.push(...[checked, spare].map((s) => `shutdown sessions server ${s}`));
    commands.push(`set server ${checked} ${place}`, `set server ${spare} ${place}`);
  }
  const wasOpen = before.open && !moved;
  if (after.open && !wasOpen) commands.push(...open(checked, after.initial));
  const spareWasOpen = before.spareOpen && !moved;
  if (after.open && !after.initial && !spareWasOpen) commands.push(`set server ${spare} state ready`);
  if (after.open && after.initial && spareWasOpen) commands.push(`set server ${spare} state maint`);
  return commands;
}

/** Leaving maintenance counts as healthy, so it is done without weight until the health is said. */
const open = (checked: string, initial: boolean): readonly string[] =>
  initial
    ? [
        `set server ${checked} weight 0`,
        `set server ${checked} state ready`,
        `set server ${checked} health down`,
        `set server ${checked} weight 100%`,
      ]
    : [`set server ${checked} state ready`];

const close = (
  backend: string,
  index: number,
  slot: { readonly open: boolean; readonly spareOpen: boolean },
): readonly string[] => [
  ...(slot.open ? [`set server ${backend}/${checkedName(index)} state maint`] : []),
  ...(slot.spareOpen ? [`set server ${backend}/${spareName(index)} state maint`] : []),
];

/** One good check is enough for the first time; HAProxy would wait for all that a return needs. */
export const firstHealthy = (groupId: string, index: number): readonly string[] => [
  `set server ${backendName(groupId)}/${checkedName(index)} health up`,
  `set server ${backendName(groupId)}/${spareName(index)} state ready`,
];
