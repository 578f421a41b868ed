/** Reads what a worker of HAProxy has counted since it began: by listener what it answered, by group what targets did. Pure. */
import { RELAY } from "./backend.ts";
import { readStats } from "./read-statistics.ts";

/** Answers by the first digit of their status. */
export interface AnswerCounts {
  readonly 2: number;
  readonly 3: number;
  readonly 4: number;
  readonly 5: number;
}

export interface WorkerCounts {
  readonly listeners: ReadonlyMap<string, AnswerCounts>;
  readonly groups: ReadonlyMap<string, AnswerCounts & { readonly requests: number }>;
  /** How long targets of a group took lately, in milliseconds. */
  readonly responseMs: ReadonlyMap<string, number>;
}

const CLASSES = [2, 3, 4, 5] as const;
const ALL_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];
const NONE = { 2: 0, 3: 0, 4: 0, 5: 0, requests: 0 };

type Row = Readonly<Record<string, string>>;

export function readCounters(stat: string): WorkerCounts {
  const listeners = new Map<string, AnswerCounts>();
  const groups = new Map<string, AnswerCounts & { readonly requests: number }>();
  const responseMs = new Map<string, number>();
  for (const [key, row] of readStats(stat)) {
    const [proxy = "", server = ""] = key.split("/");
    const id = proxy.slice(PREFIX_LENGTH);
    if (proxy.startsWith("ln_") && server === "FRONTEND") listeners.set(id, answersOf(row));
    // What one worker relays to another is counted there.
    if (!proxy.startsWith("tg_") || server === RELAY) continue;
    if (server === "BACKEND") responseMs.set(id, Number(row.rtime ?? 0));
    else groups.set(id, added(groups.get(id) ?? NONE, row));
  }
  return { listeners, groups, responseMs };
}

const PREFIX_LENGTH = 3;

const answersOf = (row: Row): AnswerCounts => ({
  2: numberOf(row, "2xx"),
  3: numberOf(row, "3xx"),
  4: numberOf(row, "4xx"),
  5: numberOf(row, "5xx"),
});

/** What servers answered is what targets did; the group's own line has HAProxy's own errors in it as well. */
function added(before: AnswerCounts & { readonly requests: number }, row: Row) {
  const own = answersOf(row);
  const requests = ALL_CLASSES.reduce((sum, name) => sum + numberOf(row, name), before.requests);
  const [two, three, four, five] = CLASSES.map((digit) => before[digit] + own[digit]);
  return { 2: two ?? 0, 3: three ?? 0, 4: four ?? 0, 5: five ?? 0, requests };
}

const numberOf = (row: Row, name: string) => Number(row[`hrsp_${name}`] ?? 0) || 0;
