/** Guarantees of stored log events on real PostgreSQL. */
import { expect, test } from "vitest";
import { compactLogs } from "./log-compaction.ts";
import {
  deleteLogGroup,
  findLogGroup,
  insertLogGroup,
  listLogGroups,
  setLogRetention,
} from "./log-groups.ts";
import { DAY_MS } from "./log-partitions.ts";
import { type LogQuery, readLogEvents } from "./log-read.ts";
import { sweepLogs } from "./log-retention.ts";
import { completeUntil, deleteLogStream, findLogStream, insertLogStream } from "./log-streams.ts";
import { appendLogEvents, wasAppended } from "./log-write.ts";
import { aScope, useDb } from "./world.test-data.ts";

const at = useDb();
const NOW = Date.parse("2026-03-10T12:30:00Z");

async function aStream(name = "s", group = "g") {
  const scope = await aScope(at.db);
  await insertLogGroup(at.db, { scopeId: scope.id, name: group, class: "STANDARD", tags: {} });
  const { id } = (await findLogGroup(at.db, scope.id, group)) ?? { id: "" };
  await insertLogStream(at.db, id, name);
  const { groupId, streamId } = await findLogStream(at.db, { scopeId: scope.id, group, name });
  return { scopeId: scope.id, groupId: groupId ?? "", streamId: streamId ?? "" };
}

type Stream = Awaited<ReturnType<typeof aStream>>;

const write = (stream: Stream, times: readonly number[], label = "line") =>
  appendLogEvents(
    at.db,
    stream,
    times.map((timestampMs) => ({ timestampMs, message: `${label} ${timestampMs}` })),
    NOW,
  );

const query = (stream: Stream, over: Partial<LogQuery> = {}): LogQuery => ({
  source: { groupId: stream.groupId, streamIds: [stream.streamId], streamPrefix: null },
  direction: "forward",
  beyond: null,
  fromMs: 0,
  untilMs: Number.MAX_SAFE_INTEGER - 1,
  matches: () => true,
  limit: 10_000,
  maxBytes: 1_048_576,
  searchMaxCost: Number.POSITIVE_INFINITY,
  ...over,
});

const read = (stream: Stream, over: Partial<LogQuery> = {}) =>
  at.db.read((tx) => readLogEvents(tx, query(stream, over)));
const timesOf = ({ events }: { readonly events: readonly { readonly timestampMs: number }[] }) =>
  events.map(({ timestampMs }) => timestampMs);

async function readInPages(stream: Stream, over: Partial<LogQuery>) {
  const pages: number[][] = [];
  let beyond: LogQuery["beyond"] = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(stream, { ...over, beyond });
    pages.push(timesOf(page));
    beyond = page.resume;
  } while (beyond);
  return pages;
}

test("batches that overlap, cross hours and days, and came late are read as one log", async () => {
  const stream = await aStream();
  const midnight = Date.parse("2026-03-10T00:00:00Z");
  await write(stream, [midnight - 2, midnight, midnight + 3_600_000]);
  await write(stream, [midnight - 1, midnight + 1]);
  await write(stream, [midnight - 3]);
  const all = [-3, -2, -1, 0, 1, 3_600_000].map((offset) => midnight + offset);
  expect(timesOf(await read(stream))).toEqual(all);
  expect((await readInPages(stream, { limit: 2 })).flat()).toEqual(all);
  expect(await readInPages(stream, { limit: 4, direction: "backward" })).toEqual([
    all.slice(2),
    all.slice(0, 2),
  ]);
  expect(timesOf(await read(stream, { fromMs: midnight - 1, untilMs: midnight + 1 }))).toEqual([
    midnight - 1,
    midnight,
  ]);
});

test("compaction changes no event's place, and leaves few chunks", async () => {
  const stream = await aStream();
  for (let i = 0; i < 40; i++) await write(stream, [NOW + (i % 7), NOW + 10], `batch ${i}`);
  const before = await read(stream);
  expect(before.events).toHaveLength(80);
  expect(await compactLogs(at.db, NOW)).toBe(40);
  expect((await read(stream)).events).toEqual(before.events);
  expect(await at.db.query("SELECT 1 FROM log_chunks")).toHaveLength(1);
  const [sizes] = await at.db.query<{ same: boolean }>(
    `SELECT sum(octet_length(body)) = (SELECT sum(stored_bytes) FROM log_streams) AS same FROM log_chunks`,
  );
  expect(sizes?.same).toBe(true);
  expect(await compactLogs(at.db, NOW)).toBe(0);
});

test("a stream that fell silent is compacted hour by hour, once", async () => {
  const stream = await aStream();
  for (const hour of [0, 0, 1, 1, 2]) await write(stream, [NOW - DAY_MS + hour * 3_600_000]);
  expect(await compactLogs(at.db, NOW + DAY_MS)).toBe(5);
  expect(await compactLogs(at.db, NOW + DAY_MS)).toBe(0);
  expect(await at.db.query("SELECT 1 FROM log_chunks")).toHaveLength(3);
});

test("whoever follows a stream misses nothing while it is written and compacted", async () => {
  const stream = await aStream();
  const seen: number[] = [];
  let beyond: LogQuery["beyond"] = null;
  const follow = async () => {
    const { events } = await read(stream, { beyond });
    seen.push(...events.map(({ timestampMs }) => timestampMs));
    beyond = events.at(-1) ?? beyond;
  };
  for (let i = 0; i < 60; i++) {
    await Promise.all([write(stream, [NOW + i]), i % 20 === 19 ? compactLogs(at.db, NOW) : null, follow()]);
  }
  await follow();
  expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => NOW + i));
});

test("a search that finds little ends with where to go on", async () => {
  const stream = await aStream();
  for (let i = 0; i < 12; i++) await write(stream, [NOW + i], "x".repeat(100));
  const pages = await readInPages(stream, {
    searchMaxCost: 600,
    matches: (message) => message.endsWith(`${NOW + 11}`),
  });
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.flat()).toEqual([NOW + 11]);
});

test("a group reads all its streams as one, or those of a prefix", async () => {
  const first = await aStream("web/1");
  const second = await aStream("job/1");
  await write(first, [NOW, NOW + 2]);
  await write(second, [NOW + 1]);
  const source = { groupId: first.groupId, streamIds: null, streamPrefix: null };
  expect(timesOf(await read(first, { source }))).toEqual([NOW, NOW + 1, NOW + 2]);
  expect(timesOf(await read(first, { source: { ...source, streamPrefix: "job" } }))).toEqual([NOW + 1]);
  const streamIds = [first.streamId, second.streamId];
  expect(timesOf(await read(first, { source: { ...source, streamIds } }))).toHaveLength(3);
});

test("events past their group's retention go, and their days with the last of them", async () => {
  const stream = await aStream("s", "short");
  const kept = await aStream("s", "long");
  const old = NOW - 20 * DAY_MS;
  await write(stream, [old]);
  await write(stream, [NOW]);
  await write(kept, [old]);
  await setLogRetention(at.db, stream.scopeId, "short", 3);
  expect(await sweepLogs(at.db, NOW)).toBe(1);
  expect(timesOf(await read(stream))).toEqual([NOW]);
  expect(timesOf(await read(kept))).toEqual([old]);
  await setLogRetention(at.db, stream.scopeId, "long", 7);
  await sweepLogs(at.db, NOW);
  const day = `log_chunks_${Math.floor(old / DAY_MS)}`;
  expect(await at.db.query("SELECT to_regclass($1) AS name", [day])).toEqual([{ name: null }]);
  const groups = await listLogGroups(
    at.db,
    { scopeId: stream.scopeId, prefix: "long", part: "", names: null, class: null },
    { afterName: "", limit: 5 },
  );
  expect(groups[0]?.storedBytes).toBe(0);
});

test("nothing is left of deleted groups and streams, and nothing is written to them", async () => {
  const stream = await aStream("s", "gone");
  const other = await aStream("other", "stays");
  await write(stream, [NOW]);
  await write(other, [NOW]);
  expect(await deleteLogGroup(at.db, stream.scopeId, "gone")).toBe(true);
  expect(await deleteLogStream(at.db, other.groupId, "other")).toBe(true);
  expect(await write(stream, [NOW + 1])).toBeNull();
  expect(await sweepLogs(at.db, NOW)).toBe(2);
  expect(await at.db.query("SELECT 1 FROM log_chunks")).toEqual([]);
  expect(await at.db.query("SELECT 1 FROM log_removals")).toEqual([]);
});

test("a numbered batch that comes again adds nothing, also when it crosses the hour", async () => {
  const stream = await aStream();
  const send = (number: number, from: number) =>
    appendLogEvents(
      at.db,
      { ...stream, batch: { writer: "agent", number } },
      [from, from + 3_600_000].map((timestampMs) => ({ timestampMs, message: "x" })),
      NOW,
    );
  expect(await send(1, NOW)).toEqual(expect.any(Number));
  expect(await send(2, NOW + 1)).toEqual(expect.any(Number));
  expect(await send(2, NOW + 1)).toBeNull();
  expect(await send(1, NOW)).toBeNull();
  expect((await read(stream)).events).toHaveLength(4);
  await write(stream, [NOW + 2]);
  expect(await send(2, NOW + 1)).toBeNull();
  const batch = { writer: "next", number: 1 };
  expect(await wasAppended(at.db, stream.streamId, batch)).toBe(false);
  await appendLogEvents(at.db, { ...stream, batch }, [{ timestampMs: NOW, message: "y" }], NOW);
  expect(await wasAppended(at.db, stream.streamId, batch)).toBe(true);
});

test("up to when containers' lines are complete is told by those that come late, while they do", async () => {
  const web = await aStream("web");
  await insertLogStream(at.db, web.groupId, "db");
  const found = await findLogStream(at.db, { scopeId: web.scopeId, group: "g", name: "db" });
  const db = { groupId: web.groupId, streamId: found.streamId ?? "" };
  const send = (stream: typeof db, writer: string | null, timestampMs: number, nowMs: number) => {
    const batch = writer === null ? null : { writer, number: timestampMs };
    return appendLogEvents(at.db, { ...stream, batch }, [{ timestampMs, message: "x" }], nowMs);
  };
  const complete = (nowMs: number) => completeUntil(at.db, web.groupId, { nowMs, lateMs: 700 });
  await send(web, null, NOW - 90_000, NOW);
  expect(await complete(NOW)).toBeNull();
  await send(web, "a", NOW - 60_000, NOW);
  await send(db, "b", NOW - 30_000, NOW + 1_000);
  expect(await complete(NOW + 1_000)).toBe(NOW - 75_000);
  await send(web, "a", NOW + 1_500, NOW + 2_000);
  expect(await complete(NOW + 2_000)).toBe(NOW - 30_000 - 31_000 / 4);
  expect(await complete(NOW + 6_001)).toBeNull();
});

test("writers of one stream at the same time lose nothing, and each event has a place of its own", async () => {
  const stream = await aStream();
  await Promise.all(Array.from({ length: 20 }, (_, i) => write(stream, [NOW, NOW], `writer ${i}`)));
  const { events } = await read(stream);
  expect(events).toHaveLength(40);
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(40);
});
