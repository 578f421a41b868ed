/** Reads what a running HAProxy says of its servers: `show servers state` and `show stat`; the load balancer asks it. Pure. */
import { NOWHERE } from "./backend.ts";
import type { ObservedGroup } from "./runtime-commands.ts";

export interface CheckedServer {
  readonly up: boolean;
  /** Good checks in a row, as far as they count. */
  readonly goodChecks: number;
  /** HAProxy's word for the last check: L7OK, L7STS, L4TOUT… */
  readonly checkStatus: string;
  readonly checkCode: string;
}

export interface RunningServers {
  readonly groups: readonly ObservedGroup[];
  /** Of each group, its slots' checks. */
  readonly checks: ReadonlyMap<string, readonly CheckedServer[]>;
}

interface ServerState {
  readonly address: string;
  readonly port: number;
  readonly operational: number;
  readonly administrative: number;
  readonly checkHealth: number;
}

const BACKEND = /^tg_(.+)$/;

export function readServers(serversState: string, stat: string): RunningServers {
  const states = readStates(serversState);
  const stats = readStats(stat);
  const groups: ObservedGroup[] = [];
  const checks = new Map<string, readonly CheckedServer[]>();
  for (const [backend, servers] of states) {
    const groupId = BACKEND.exec(backend)?.[1];
    if (groupId === undefined) continue;
    const checked = [...servers].filter(([name]) => name.startsWith("s"));
    const statOf = (name: string) => stats.get(`${backend}/${name}`);
    groups.push({
      groupId,
      slots: checked.map(([name, state]) => {
        const spare = name.replace("s", "o");
        const requests = Number(statOf(name)?.scur ?? 0) + Number(statOf(spare)?.scur ?? 0);
        return { ...readSlot(state, servers.get(spare)), requests, openInOlder: false };
      }),
    });
    checks.set(
      groupId,
      checked.map(([name, state]) => ({
        up: state.operational >= 2,
        goodChecks: state.checkHealth,
        checkStatus: (statOf(name)?.check_status ?? "").replace(/^\* /, ""),
        checkCode: statOf(name)?.check_code ?? "",
      })),
    );
  }
  return { groups, checks };
}

function readSlot(state: ServerState, spare: ServerState | undefined) {
  const free = state.address === NOWHERE.address && state.port === NOWHERE.port;
  return {
    endpoint: free ? null : { address: state.address, port: state.port },
    open: !inMaintenance(state),
    spareOpen: spare !== undefined && !inMaintenance(spare),
  };
}

/** Forced or inherited: bits 0 and 1. Bit 2 only remembers how the configuration had it. */
const inMaintenance = ({ administrative }: ServerState): boolean => (administrative & 0x03) !== 0;

/** By backend, then by server's name. */
function readStates(text: string): ReadonlyMap<string, ReadonlyMap<string, ServerState>> {
  const backends = new Map<string, Map<string, ServerState>>();
  const lines = text.split("\n");
  const header = (lines.find((line) => line.startsWith("# ")) ?? "# ").slice(2).trim().split(" ");
  for (const line of lines) {
    const fields = line.trim().split(" ");
    if (line.startsWith("#") || fields.length < header.length) continue;
    const field = (name: string) => fields[header.indexOf(name)] ?? "";
    const servers = backends.get(field("be_name")) ?? new Map<string, ServerState>();
    backends.set(field("be_name"), servers);
    servers.set(field("srv_name"), {
      address: field("srv_addr"),
      port: Number(field("srv_port")),
      operational: Number(field("srv_op_state")),
      administrative: Number(field("srv_admin_state")),
      checkHealth: Number(field("srv_check_health")),
    });
  }
  return backends;
}

export function readStats(text: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const lines = text.split("\n").filter((line) => line !== "");
  const header = (lines[0] ?? "").replace(/^# /, "").split(",");
  const rows = new Map<string, Record<string, string>>();
  for (const line of lines.slice(1)) {
    const fields = line.split(",");
    rows.set(
      `${fields[0]}/${fields[1]}`,
      Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""])),
    );
  }
  return rows;
}

/** A draining target is in use while any worker has a request for it, or may take one. */
export function withOlder(
  current: readonly ObservedGroup[],
  older: readonly ObservedGroup[],
): readonly ObservedGroup[] {
  const found = new Map<string, { requests: number; isOpen: boolean }>();
  const keyOf = (groupId: string, { endpoint }: ObservedGroup["slots"][number]) =>
    `${groupId} ${endpoint?.address}:${endpoint?.port}`;
  for (const { groupId, slots } of older) {
    for (const slot of slots) {
      const key = keyOf(groupId, slot);
      const { requests, isOpen } = found.get(key) ?? { requests: 0, isOpen: false };
      found.set(key, {
        requests: requests + slot.requests,
        isOpen: isOpen || slot.open || slot.spareOpen,
      });
    }
  }
  return current.map((group) => ({
    ...group,
    slots: group.slots.map((slot) => {
      const { requests, isOpen } = found.get(keyOf(group.groupId, slot)) ?? { requests: 0, isOpen: false };
      return { ...slot, requests: slot.requests + requests, openInOlder: isOpen };
    }),
  }));
}
