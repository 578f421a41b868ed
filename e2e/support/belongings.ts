/**
 * Lists what there is because of a stack: rows, containers, networks, namespaces, packet filter rules, addresses, routes and
 * listeners. A test takes the list before and after, and what was made and unmade in between must have left nothing.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { openDb } from "@roadstead/db/connect";
import { dockerSocket } from "./engine.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;

/** Lines by what they are about; the order says nothing. */
export type Belongings = Readonly<Record<string, readonly string[]>>;

/** Written to be looked back at: what happened, what was measured and what was logged. */
const HISTORY =
  /^(events|event_deliveries|task_history|service_events|log_chunks|log_removals|dead_letters|bells|agent_sessions|metric|task_samples|task_metrics|balancer_counters|alarm_history|scaling_activities)/;

const ENDED_SERVICE = "service_id IN (SELECT id FROM services WHERE status = 'INACTIVE')";
const ENDED_TASK = "task_id IN (SELECT task_id FROM task_state WHERE last_status = 'STOPPED')";
const OF_FLEET = "cluster_id IN (SELECT cluster_id FROM fargate_fleets)";

/**
 * Rows that AWS, too, shows for a while once they have ended, with what belongs to such; what is kept in stock for Fargate
 * tasks to come; and content of images until its lease is over.
 */
const LEFT_OUT: Readonly<Record<string, string>> = {
  clusters: "status = 'INACTIVE' OR id IN (SELECT cluster_id FROM fargate_fleets)",
  services: "status = 'INACTIVE'",
  service_deployments: ENDED_SERVICE,
  service_revisions: ENDED_SERVICE,
  task_definitions: "status <> 'ACTIVE'",
  task_definition_families:
    "NOT EXISTS (SELECT 1 FROM task_definitions d WHERE (d.scope_id, d.family) = (t.scope_id, t.family) AND d.status = 'ACTIVE')",
  task_state: "last_status = 'STOPPED'",
  tasks: "id IN (SELECT task_id FROM task_state WHERE last_status = 'STOPPED')",
  task_targets: ENDED_TASK,
  network_interfaces: ENDED_TASK,
  launch_requests: "status <> 'OPEN'",
  fargate_fleets: "true",
  fargate_hosts: "true",
  instance_ports: `instance_id IN (SELECT id FROM container_instances WHERE ${OF_FLEET})`,
  // The installation's own, made for the first certificate.
  certificate_authority: "true",
  container_instances: `status = 'INACTIVE' OR ${OF_FLEET}`,
  agents: "revoked_at IS NOT NULL OR id IN (SELECT agent_id FROM fargate_hosts)",
  access_keys:
    "agent_id IN (SELECT id FROM agents WHERE revoked_at IS NOT NULL) OR agent_id IN (SELECT agent_id FROM fargate_hosts)",
  blobs: "NOT EXISTS (SELECT 1 FROM repository_blobs r WHERE r.digest = t.digest)",
};

export async function belongingsOf(dataDir: string): Promise<Belongings> {
  const [rows, machine] = await Promise.all([rowsOf(dataDir), ofMachine()]);
  return { ...rows, ...machine, listeners: await listenersOf(dataDir) };
}

async function rowsOf(dataDir: string): Promise<Belongings> {
  const read = (name: string) => readFile(join(dataDir, name), "utf8");
  const { postgresPort } = JSON.parse(await read("settings.json")) as { postgresPort: number };
  const url = `postgres://roadstead:${(await read("secrets/postgres")).trim()}@127.0.0.1:${postgresPort}/roadstead`;
  const db = openDb({ url, max: 1, applicationName: "roadstead-e2e" });
  try {
    const tables = await db.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
         AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
    );
    const lists: [string, readonly string[]][] = [];
    for (const { name } of tables.filter((table) => !HISTORY.test(table.name))) {
      const rows = await db.query<{ row: string }>(
        `SELECT coalesce(to_jsonb(t)->>'id', to_jsonb(t)::text) AS row FROM "${name}" t
         WHERE NOT coalesce(${LEFT_OUT[name] ?? "false"}, false)`,
      );
      lists.push([`rows of ${name}`, rows.map(({ row }) => row)]);
    }
    return Object.fromEntries(lists);
  } finally {
    await db.close();
  }
}

async function ofMachine(): Promise<Belongings> {
  const [containers, networks, volumes, rules, addresses, routes, namespaces] = await Promise.all([
    lines("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
    lines("docker", "network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
    lines("docker", "volume", "ls", "--format", "{{.Name}}"),
    lines("iptables-save"),
    lines("ip", "-brief", "address"),
    lines("ip", "route", "show", "table", "all"),
    readdir("/run/docker/netns").catch(() => []),
  ]);
  // Counters and the time of the listing change by themselves.
  const filter = rules.filter((line) => /^-A|^:/.test(line)).map((line) => line.replace(/ \[\d+:\d+\]$/, ""));
  return { containers, networks, volumes, "packet filter": filter, addresses, routes, namespaces };
}

/** Chains that are there without us. */
const COMMON_CHAINS = /^(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING|DOCKER.*)$/;

/** Names that say nothing by themselves and are ours all the same: namespaces of our containers, chains of our addresses. */
export async function marksOf(isOurs: (line: string) => boolean): Promise<readonly string[]> {
  const containers = (await lines("docker", "ps", "--all", "--format", "{{.Names}}")).filter(isOurs);
  const sandbox = ["--format", "{{.NetworkSettings.SandboxKey}}"];
  const keys = containers.length > 0 ? await lines("docker", "inspect", ...sandbox, ...containers) : [];
  const rules = (await lines("iptables-save")).filter(isOurs);
  const chains = rules.flatMap((rule) => /^-A (\S+)/.exec(rule)?.[1] ?? []);
  return [...keys.map((key) => basename(key)), ...chains.filter((chain) => !COMMON_CHAINS.test(chain))];
}

/** What HAProxy is told to listen on. */
async function listenersOf(dataDir: string): Promise<readonly string[]> {
  const text = await readFile(join(dataDir, "haproxy", "haproxy.cfg"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => /^\s*bind\s+(\S+)/.exec(line)?.[1] ?? []);
}

async function lines(command: string, ...args: readonly string[]): Promise<readonly string[]> {
  const env = { ...process.env, DOCKER_HOST: `unix://${dockerSocket()}` };
  const { stdout } = await run(command, args, { env, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").filter((line) => line !== "");
}

/** What was there once and not before, in words; `isOurs` leaves out what others do on the machine meanwhile. */
export function added(
  before: Belongings,
  after: Belongings,
  isOurs: (line: string) => boolean = () => true,
): readonly string[] {
  return Object.entries(after).flatMap(([what, list]) => {
    const known = Map.groupBy(before[what] ?? [], (line) => line);
    const fresh = list.filter((line) => (known.get(line)?.pop() ?? null) === null);
    return fresh
      .filter((line) => what.startsWith("rows of ") || isOurs(line))
      .map((line) => `${what}: ${line}`);
  });
}

/** What was there before and is there no more. */
export const missing = (before: Belongings, after: Belongings, isOurs?: (line: string) => boolean) =>
  added(after, before, isOurs);
