/** What holds after many writers of every kind worked on the same rows at once, on real PostgreSQL. */
import type { StopCode } from "@roadstead/model/task";
import { expect, test } from "vitest";
import { closeSession, markDelivered, openSession, type Session } from "./agent-sessions.ts";
import { insertContainerInstance, reregisterContainerInstance } from "./container-instances.ts";
import { expireLaunchRequest } from "./launch-requests.ts";
import { commitPlacement, loadPlacement } from "./place-tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aLaunch, aRegistration, aWorld, openLaunch, useDb, type World } from "./world.test-data.ts";

const at = useDb();
const WRITERS = 6;
const STEPS = 40;

/** A reproducible source of choices: the seed of a failing run is in its test's name. */
function choicesOf(seed: number) {
  let state = seed;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1;
    return (state >>> 8) % limit;
  };
  return { below, one: <T>(of: readonly T[]): T => of[below(of.length)] as T };
}
type Choices = ReturnType<typeof choicesOf>;

const liveTasks = () =>
  at.db.query<{ id: string; desired: string }>(
    `SELECT task_id AS id, desired_status AS desired FROM task_state
     WHERE last_status NOT IN ('PLACING', 'STOPPED') ORDER BY random() LIMIT 3`,
  );

/** Everything that processes do to these rows, each as its process does it. */
function writersOf(world: World, instances: readonly string[]) {
  const sessions: Session[] = [];
  const launch = ({ below }: Choices) => {
    const base = aLaunch(world);
    const ports = below(3) === 0 ? [{ protocol: "tcp" as const, port: 8_000 + below(4) }] : [];
    const demand = { cpu: 64 + below(200), memoryMiB: 10 + below(100), ports, gpus: 0 };
    const clientToken = below(4) === 0 ? `t${below(3)}` : null;
    return openLaunch(at.db, { ...base, clientToken, count: 1 + below(3), task: { ...base.task, demand } });
  };
  const place = async ({ one }: Choices) => {
    const snapshot = await at.db.read((tx) => loadPlacement(tx, world.cluster.id));
    const placements = snapshot.tasks.map(({ id }) => ({ taskId: id, instanceId: one(instances) }));
    await at.db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, { placements, failures: [] }));
  };
  const report = async ({ one }: Choices) => {
    const lastStatus = one(["RUNNING", "STOPPED", "STOPPED"] as const);
    const changes = (await liveTasks()).map(({ id }) => ({ taskId: id, lastStatus }));
    await at.db.write((tx) => transitionTasks(tx, changes));
  };
  const stop = async () => {
    const cause = { stopCode: "UserInitiated" as StopCode, stoppedReason: "enough" };
    const changes = (await liveTasks()).map(({ id }) => ({ taskId: id, stop: cause }));
    await at.db.write((tx) => transitionTasks(tx, changes));
  };
  const register = ({ one }: Choices) =>
    at.db.write((tx) => reregisterContainerInstance(tx, one(instances), aRegistration(world)));
  const connect = async ({ one }: Choices) => {
    const session = { instanceId: one(instances), gatewayId: one(["g1", "g2"]), versionInfo: {} };
    sessions.push(await at.db.write((tx) => openSession(tx, session)));
  };
  const disconnect = async ({ one }: Choices) => {
    const session = sessions.length > 0 ? one(sessions) : null;
    if (session) await at.db.write((tx) => closeSession(tx, session));
  };
  const deliver = async ({ one }: Choices) => {
    const session = sessions.length > 0 ? one(sessions) : null;
    const taken = (await liveTasks()).map(({ id, desired }) => ({ taskId: id, desiredStatus: desired }));
    if (session) await markDelivered(at.db, session, taken);
  };
  const expire = async () => {
    const [open] = await at.db.query<{ id: string }>(
      "SELECT id FROM launch_requests WHERE status = 'OPEN' ORDER BY random() LIMIT 1",
    );
    if (open) await at.db.write((tx) => expireLaunchRequest(tx, open.id));
  };
  return [
    launch,
    launch,
    launch,
    place,
    place,
    report,
    report,
    stop,
    register,
    connect,
    disconnect,
    deliver,
    expire,
  ];
}

test.each([1, 2, 3])(
  "rows agree with each other whatever was written at the same time (seed %d)",
  async (seed) => {
    const world = await aWorld(at.db);
    const second = await at.db.write((tx) => insertContainerInstance(tx, aRegistration(world)));
    const writers = writersOf(world, [world.instance.id, second.id]);
    const work = async (writer: number) => {
      const choices = choicesOf(seed * 1_000 + writer);
      for (let step = 0; step < STEPS; step++) await choices.one(writers)(choices);
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => work(writer)));

    const placed = await at.db.query("SELECT 1 FROM events WHERE kind = 'task' AND version = 1");
    expect(placed.length).toBeGreaterThan(20);
    const wrong = {
      capacity: `SELECT i.id FROM container_instances i LEFT JOIN (
        SELECT s.instance_id, sum((t.demand->>'cpu')::int) AS cpu, sum((t.demand->>'memoryMiB')::int) AS memory
        FROM task_state s JOIN tasks t ON t.id = s.task_id WHERE s.last_status <> 'STOPPED' GROUP BY 1
      ) h ON h.instance_id = i.id
      WHERE cpu_free <> cpu_total - coalesce(h.cpu, 0) OR memory_free <> memory_total - coalesce(h.memory, 0)`,
      "ports without a live task": `SELECT p.port FROM instance_ports p JOIN task_state s ON s.task_id = p.task_id
      WHERE s.last_status = 'STOPPED' OR s.instance_id <> p.instance_id`,
      "tasks without their ports": `SELECT t.id FROM tasks t JOIN task_state s ON s.task_id = t.id
      WHERE s.instance_id IS NOT NULL AND s.last_status <> 'STOPPED' AND jsonb_array_length(t.demand->'ports')
        <> (SELECT count(*) FROM instance_ports p WHERE p.task_id = t.id)`,
      "tasks of closed requests that wait": `SELECT t.id FROM tasks t JOIN task_state s ON s.task_id = t.id
      JOIN launch_requests r ON r.id = t.launch_request_id WHERE s.last_status = 'PLACING' AND r.status <> 'OPEN'`,
      "answered requests without tasks": `SELECT r.id FROM launch_requests r WHERE r.status = 'DONE'
      AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.launch_request_id = r.id)`,
      "tokens used twice": `SELECT client_token FROM launch_requests WHERE client_token IS NOT NULL
      GROUP BY client_token HAVING count(*) > 1`,
      "versions without an event": `SELECT s.task_id FROM task_state s WHERE s.last_status <> 'PLACING' AND s.version
      <> (SELECT count(DISTINCT e.version) FROM events e WHERE e.object_id = s.task_id)`,
      "events twice": "SELECT object_id FROM events GROUP BY object_id, version HAVING count(*) > 1",
      "stops without a cause": `SELECT task_id FROM task_state WHERE desired_status = 'STOPPED' AND stop_code IS NULL
      OR last_status = 'STOPPED' AND (desired_status <> 'STOPPED' OR stopped_at IS NULL)`,
      "open requests without a bell": `SELECT r.id FROM launch_requests r WHERE r.status = 'OPEN'
      AND NOT EXISTS (SELECT 1 FROM bells b WHERE b.kind = 'placeTasks' AND b.key = r.cluster_id)`,
    };
    for (const [what, sql] of Object.entries(wrong))
      expect([what, await at.db.query(sql)]).toEqual([what, []]);
  },
);
