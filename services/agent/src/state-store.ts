/**
 * Keeps what must survive the agent in its data folder: one small file per task, replaced atomically, and one for
 * the agent itself. A file per task is written whole (some kilobytes), so no journal needs replaying or compacting and a
 * torn write can cost no other task.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TaskRecord, taskIdOf } from "./decide/task.ts";
import type { VpcGroups } from "./network/read-groups.ts";

/** Under which what was said of security groups is kept: rules must be right before the control plane is back. */
const GROUPS_FILE = "security-groups.json";

export interface AgentState {
  readonly cluster: string;
  readonly containerInstanceArn: string;
  /** The greatest sequence number of a payload or manifest that was taken. */
  readonly sequence: number;
}

export interface StateStore {
  loadAgent(): Promise<AgentState | null>;
  saveAgent(state: AgentState): Promise<void>;
  loadTasks(): Promise<readonly TaskRecord[]>;
  saveTask(task: TaskRecord): Promise<void>;
  deleteTask(arn: string): Promise<void>;
  loadGroups(): Promise<readonly VpcGroups[]>;
  saveGroups(vpcs: readonly VpcGroups[]): Promise<void>;
}

const FORMAT = 1;
const TASK_ID = /^[\w-]+$/;

export async function openStateStore(dataDir: string): Promise<StateStore> {
  const tasks = join(dataDir, "tasks");
  await mkdir(tasks, { recursive: true, mode: 0o700 });
  for (const name of await readdir(tasks))
    if (name.endsWith(".tmp")) await rm(join(tasks, name), { force: true });
  const agentFile = join(dataDir, "agent.json");
  const saved = new Set<string>();
  const taskFile = (arn: string) => {
    const id = taskIdOf(arn);
    if (!TASK_ID.test(id)) throw new Error("the task's id cannot name a file");
    return join(tasks, `${id}.json`);
  };
  return {
    loadAgent: () => readJson<AgentState>(agentFile),
    async saveAgent(state) {
      await replaceFile(agentFile, { format: FORMAT, ...state });
      await syncFolder(dataDir);
    },
    async loadTasks() {
      const names = (await readdir(tasks)).filter((name) => name.endsWith(".json"));
      const files = await Promise.all(names.map((name) => readJson<{ task: TaskRecord }>(join(tasks, name))));
      return files.flatMap((file) => (file ? [file.task] : []));
    },
    async saveTask(task) {
      const file = taskFile(task.spec.arn);
      await replaceFile(file, { format: FORMAT, task });
      // A power cut may bring back an older state, which the engine's answers make up for, but must not lose the task.
      if (!saved.has(file)) await syncFolder(tasks);
      saved.add(file);
    },
    async deleteTask(arn) {
      saved.delete(taskFile(arn));
      await rm(taskFile(arn), { force: true });
    },
    async loadGroups() {
      const kept = await readJson<{ readonly vpcs: readonly VpcGroups[] }>(join(dataDir, GROUPS_FILE));
      return kept?.vpcs ?? [];
    },
    saveGroups: (vpcs) => replaceFile(join(dataDir, GROUPS_FILE), { format: FORMAT, vpcs }),
  };
}

/** Null when there is none. One that cannot be read is set aside, so that one bad file does not stop the agent. */
async function readJson<T>(path: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    await rename(path, `${path}.unreadable`);
    return null;
  }
}

async function replaceFile(path: string, content: object): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
