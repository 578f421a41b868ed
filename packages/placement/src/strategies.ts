/**
 * Orders the instances that can hold a task by its placement strategies. `place` makes one chooser per group of equal tasks.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html
 */
import { attributesOf, type Candidate, taskCountOf } from "./candidate.ts";
import { type Heap, heapOf } from "./heap.ts";
import type { PlacementStrategy } from "./snapshot.ts";

/** Takes out the best candidate; `putBack` returns it, with its state changed, while it can hold another. */
export type Chooser = {
  readonly take: () => Candidate | null;
  readonly putBack: (candidate: Candidate) => void;
};

export type ChooserInput = {
  readonly strategy: readonly PlacementStrategy[];
  readonly group: string;
  /** Instances that pass every filter now. */
  readonly candidates: readonly Candidate[];
  /** Every instance: what already runs counts in a spread, wherever it runs. */
  readonly all: readonly Candidate[];
  readonly random: () => number;
};

const DEFAULT_STRATEGY: readonly PlacementStrategy[] = [
  { type: "spread", field: "attribute:ecs.availability-zone" },
  { type: "spread", field: "instanceId" },
];

/** Smaller is better. `shared` levels are equal for all instances of a bucket; the others belong to one instance. */
type Level =
  | { readonly shared: false; readonly score: (candidate: Candidate) => number }
  | { readonly shared: true; readonly attribute: string; readonly counts: Map<string, number> };

type Entry = { readonly candidate: Candidate; readonly scores: readonly number[]; readonly clock: number };
type Bucket = { readonly values: readonly (string | null)[]; readonly heap: Heap<Entry> };

export function chooserFor(input: ChooserInput): Chooser {
  const levels = levelsOf(input);
  const entryOf = (candidate: Candidate, after: number): Entry => ({
    candidate,
    scores: levels.map((level) => (level.shared ? 0 : level.score(candidate))),
    clock: after - Math.log(1 - input.random()),
  });
  const buckets = bucketsOf(levels, input.candidates, (candidate) => entryOf(candidate, 0));
  let taken: { readonly bucket: Bucket; readonly entry: Entry } | null = null;
  return {
    take() {
      let best: Bucket | null = null;
      for (const bucket of buckets)
        if (bucket.heap.peek() && (!best || compareTops(levels, bucket, best) < 0)) best = bucket;
      const entry = best?.heap.pop();
      taken = best && entry ? { bucket: best, entry } : null;
      if (taken) raiseCounts(levels, taken.bucket);
      return taken?.entry.candidate ?? null;
    },
    putBack(candidate) {
      // An exponential clock started where the last one rang makes each next choice uniform among equals.
      taken?.bucket.heap.push(entryOf(candidate, taken.entry.clock));
    },
  };
}

function levelsOf({ strategy, group, all }: ChooserInput): readonly Level[] {
  const chain = strategy.length > 0 ? strategy : DEFAULT_STRATEGY;
  return chain.flatMap(({ type, field }): Level[] => {
    if (type === "random") return [];
    if (type === "binpack") return [binpackLevel(field ?? "")].filter((level) => level !== null);
    const attribute = /^attribute:(.+)$/.exec(field ?? "")?.[1];
    if (attribute === undefined)
      return [{ shared: false, score: (candidate) => taskCountOf(candidate, group) }];
    return [{ shared: true, attribute, counts: countsByValue(all, attribute, group) }];
  });
}

function binpackLevel(field: string): Level | null {
  switch (field.toLowerCase()) {
    case "cpu":
      return { shared: false, score: ({ free }) => free.cpu };
    case "memory":
      return { shared: false, score: ({ free }) => free.memoryMiB };
    default:
      return null;
  }
}

function countsByValue(all: readonly Candidate[], attribute: string, group: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const candidate of all) {
    const value = spreadValue(candidate, attribute);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + taskCountOf(candidate, group));
  }
  return counts;
}

/** An instance without the attribute forms no group; one with it but without a value is in the group of "". */
function spreadValue(candidate: Candidate, attribute: string): string | null {
  const value = attributesOf(candidate).get(attribute);
  return value === undefined ? null : (value ?? "");
}

function bucketsOf(
  levels: readonly Level[],
  candidates: readonly Candidate[],
  entryOf: (candidate: Candidate) => Entry,
): readonly Bucket[] {
  const members = new Map<string, { values: (string | null)[]; entries: Entry[] }>();
  for (const candidate of candidates) {
    const values = levels.map((level) => (level.shared ? spreadValue(candidate, level.attribute) : null));
    const key = bucketKey(values);
    const bucket = members.get(key);
    if (bucket) bucket.entries.push(entryOf(candidate));
    else members.set(key, { values, entries: [entryOf(candidate)] });
  }
  return [...members.values()].map(({ values, entries }) => ({
    values,
    heap: heapOf(entries, compareEntries),
  }));
}

/** Lengths first: no value can pass for two. */
function bucketKey(values: readonly (string | null)[]): string {
  let key = "";
  for (const value of values) key += value === null ? "-" : `${value.length}:${value}`;
  return key;
}

function compareEntries(a: Entry, b: Entry): number {
  for (let i = 0; i < a.scores.length; i++) {
    const difference = (a.scores[i] as number) - (b.scores[i] as number);
    if (difference !== 0) return difference;
  }
  return a.clock - b.clock || a.candidate.index - b.candidate.index;
}

function compareTops(levels: readonly Level[], a: Bucket, b: Bucket): number {
  const topA = a.heap.peek() as Entry;
  const topB = b.heap.peek() as Entry;
  for (const [i, level] of levels.entries()) {
    const scoreA = level.shared ? sharedScore(level, a.values[i]) : (topA.scores[i] as number);
    const scoreB = level.shared ? sharedScore(level, b.values[i]) : (topB.scores[i] as number);
    if (scoreA !== scoreB) return scoreA - scoreB;
  }
  return topA.clock - topB.clock || topA.candidate.index - topB.candidate.index;
}

/** Instances that form no group come last: a spread prefers those it can spread over. */
function sharedScore(level: Level & { shared: true }, value: string | null | undefined): number {
  return value === null || value === undefined ? Number.MAX_SAFE_INTEGER : (level.counts.get(value) ?? 0);
}

function raiseCounts(levels: readonly Level[], bucket: Bucket): void {
  for (const [i, level] of levels.entries()) {
    const value = bucket.values[i];
    if (level.shared && value !== null && value !== undefined) {
      level.counts.set(value, (level.counts.get(value) ?? 0) + 1);
    }
  }
}
