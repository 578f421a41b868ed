/** Finds and stops the containers that this data folder's agents started; `down` calls this, once the agents are gone. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataFiles } from "./files.ts";
import { engineCall } from "./install/docker.ts";
import type { Settings } from "./settings.ts";

const INSTANCE_LABEL = "com.roadstead.container-instance";
const STOP_SECONDS = 10;
const IN_PARALLEL = 8;

export interface TaskContainer {
  readonly id: string;
}

/** Only containers whose label names an instance that an agent in this data folder registered as. */
export async function listTaskContainers(
  settings: Settings,
  which: "live" | "all",
): Promise<readonly TaskContainer[]> {
  const known = agentTexts(settings.dataDir);
  if (known === "") return [];
  const status = which === "live" ? { status: ["running", "paused", "restarting"] } : {};
  const filters = encodeURIComponent(JSON.stringify({ label: [INSTANCE_LABEL], ...status }));
  const answer = await callOrNull(settings, "GET", `/containers/json?all=true&filters=${filters}`);
  if (answer?.status !== 200) return [];
  const found = JSON.parse(answer.body.toString("utf8")) as readonly {
    Id: string;
    Labels: Record<string, string>;
  }[];
  return found.filter(({ Labels }) => isOwn(Labels[INSTANCE_LABEL], known)).map(({ Id }) => ({ id: Id }));
}

/** As a user's StopTask would: the stop signal, then after a while the end. The agents report it when they are back. */
export const stopTaskContainers = (settings: Settings, containers: readonly TaskContainer[]): Promise<void> =>
  forEach(containers, ({ id }) => callOrNull(settings, "POST", `/containers/${id}/stop?t=${STOP_SECONDS}`));

/** For a purge: nobody will ask what became of them. */
export const removeTaskContainers = (
  settings: Settings,
  containers: readonly TaskContainer[],
): Promise<void> =>
  forEach(containers, ({ id }) => callOrNull(settings, "DELETE", `/containers/${id}?force=true&v=true`));

/** Volumes that live as long as their task; an agent that was stopped first could not remove them. For a purge. */
export async function removeTaskVolumes(settings: Settings): Promise<void> {
  const known = agentTexts(settings.dataDir);
  const filters = encodeURIComponent(JSON.stringify({ label: [INSTANCE_LABEL] }));
  const answer = await callOrNull(settings, "GET", `/volumes?filters=${filters}`);
  if (answer?.status !== 200) return;
  const { Volumes } = JSON.parse(answer.body.toString("utf8")) as { Volumes: readonly TaskVolume[] | null };
  const own = (Volumes ?? []).filter(({ Labels }) => isOwn(Labels?.[INSTANCE_LABEL], known));
  await forEach(own, ({ Name }) => callOrNull(settings, "DELETE", `/volumes/${Name}`));
}

interface TaskVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

async function forEach<T>(all: readonly T[], work: (one: T) => Promise<unknown>) {
  const waiting = [...all];
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await work(next);
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, worker));
}

const isOwn = (instance: string | undefined, known: string): boolean =>
  instance !== undefined && instance.length >= 32 && known.includes(instance);

const callOrNull = (settings: Settings, method: string, path: string) =>
  engineCall(settings.dockerSocket, { method, path }).catch(() => null);

/** Everything the agents wrote about themselves; the instance's name is in it. */
function agentTexts(dataDir: string): string {
  const folder = join(dataFiles(dataDir).agentData("x"), "..");
  return listFiles(folder)
    .filter((path) => path.endsWith(".json"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
