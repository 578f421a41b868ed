/** The HAProxy that runs beside us: what it has and does, and how it is changed; passes look and act through this. */
import { execFile } from "node:child_process";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { carriedStates } from "@roadstead/balancing/carried-states";
import { haproxyFiles } from "@roadstead/balancing/installation-files";
import { type RunningServers, readServers, withOlder } from "@roadstead/balancing/read-statistics";
import type { ObservedGroup } from "@roadstead/balancing/runtime-commands";
import type { ListenerIngress } from "@roadstead/balancing/snapshot";
import { readSources, showSources } from "@roadstead/balancing/source-commands";
import { sendCommands } from "./command-socket.ts";

const CHECK_TIMEOUT_MS = 10_000;
const RELOAD_TIMEOUT_MS = 10_000;
const RELOAD_POLL_MS = 15;
const REFUSALS = /No such|Unknown ACL|Unknown command|Invalid|not allowed|Require|[Pp]ermission denied/;

export interface ObservedHaproxy {
  /** The structure of the configuration it runs with. */
  readonly structure: string;
  readonly servers: RunningServers;
}

export interface Haproxy {
  readonly folder: string;
  /** Null while none runs. */
  observe(): Promise<ObservedHaproxy | null>;
  /** Whom it lets in at a listener. */
  sources(ingress: ListenerIngress): Promise<ReadonlySet<string>>;
  send(commands: readonly string[]): Promise<void>;
  /** The configuration that a start would take. */
  written(): Promise<string>;
  /** Leaves a configuration for the next start; nothing that runs is touched. */
  write(text: string): Promise<void>;
  /** Lets a new worker take over listeners and states; the file is as before when it cannot. */
  reload(text: string, structure: string): Promise<void>;
}

const SHOW = ["show info", "show servers state", "show stat -1 4 -1"] as const;

export function openHaproxy(folder: string, program: string): Haproxy {
  const files = haproxyFiles(folder);
  const ask = (command: string, prefix = "") =>
    prefix === "" ? sendCommands(files.worker, [command]) : sendCommands(files.master, [command], prefix);
  const written = () => readFile(files.configuration, "utf8").catch(() => "");
  const write = async (text: string) => {
    await writeFile(files.candidate, text, { mode: 0o600 });
    await promisify(execFile)(program, ["-c", "-q", "-f", files.candidate], { timeout: CHECK_TIMEOUT_MS });
    await rename(files.candidate, files.configuration);
  };
  const structureNow = async () => /^description: (.*)$/m.exec(await ask(SHOW[0]))?.[1]?.trim() ?? "";
  const hasMaster = () =>
    olderWorkers(files.master).then(
      () => true,
      () => false,
    );
  return {
    folder,
    written,
    write,
    async observe() {
      const older = await olderWorkers(files.master).catch(() => null);
      if (older === null) return null;
      const structure = await structureNow();
      const servers = readServers(await ask(SHOW[1]), await ask(SHOW[2]));
      const olderGroups = await Promise.all(
        older.map(async (pid) => {
          const worker = `@!${pid} `;
          const isRelaying = /^Stopping: 1$/m.test(await ask(SHOW[0], worker));
          const { groups: own } = readServers(await ask(SHOW[1], worker), await ask(SHOW[2], worker));
          return isRelaying ? closed(own) : own;
        }),
      );
      const groups = withOlder(servers.groups, olderGroups.flat());
      return { structure, servers: { ...servers, groups } };
    },
    sources: async (ingress) => readSources(await ask(showSources(ingress))),
    async send(commands) {
      if (commands.length > 0) refuseRefusals(await sendCommands(files.worker, commands));
    },
    async reload(text, structure) {
      const before = await written();
      await writeFile(files.state, carriedStates(await ask(SHOW[1]), text), { mode: 0o600 });
      await write(text);
      try {
        await sendCommands(files.master, ["reload"]);
        // The master answers a moment after the worker; without it nobody knows of those that are left behind.
        await until(async () => (await structureNow().catch(() => "")) === structure && (await hasMaster()));
      } catch (error) {
        await write(before);
        throw error;
      } finally {
        // A later start is after a crash: states are those of another time then.
        await rm(files.state, { force: true });
      }
    },
  };
}

/** A worker that was told to end sends nothing new to its own targets. */
const closed = (groups: readonly ObservedGroup[]): readonly ObservedGroup[] =>
  groups.map((group) => ({
    ...group,
    slots: group.slots.map((slot) => ({ ...slot, open: false, spareOpen: false })),
  }));

async function olderWorkers(master: string): Promise<readonly number[]> {
  const processes = await sendCommands(master, ["show proc"]);
  if (!processes.includes("# workers")) throw new Error("HAProxy has no worker yet");
  const [, older = ""] = processes.split("# old workers");
  return [...older.matchAll(/^(\d+)\s+worker/gm)].map((match) => Number(match[1]));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + RELOAD_TIMEOUT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("HAProxy did not take the new configuration");
    await new Promise((resolve) => setTimeout(resolve, RELOAD_POLL_MS));
  }
}

function refuseRefusals(answer: string): void {
  const refused = answer.split("\n").find((line) => REFUSALS.test(line));
  if (refused !== undefined) throw new Error(`HAProxy refused a command: ${refused}`);
}
