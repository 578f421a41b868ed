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
export async function listTaskContainers(settings: Settings): Promise<readonly TaskContainer[]> {
  const known = agentTexts(settings.dataDir);
  if (known === "") return [];
  const filters = encodeURIComponent(
    JSON.stringify({ label: [INSTANCE_LABEL], status: ["running", "paused"] }),
  );
  const answer = await callOrNull(settings, "GET", `/containers/json?filters=${filters}`);
  if (answer?.status !== 200) return [];
  const found = JSON.parse(answer.body.toString("utf8")) as readonly {
    Id: string;
    Labels: Record<string, string>;
  }[];
  return found.filter(({ Labels }) => isOwn(Labels[INSTANCE_LABEL], known)).map(({ Id }) => ({ id: Id }));
}

/** As a user's StopTask would: the stop signal, then after a while the end. The agents report it when they are back. */
export async function stopTaskContainers(
  settings: Settings,
  containers: readonly TaskContainer[],
): Promise<void> {
  const waiting = [...containers];
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      await callOrNull(settings, "POST", `/containers/${next.id}/stop?t=${STOP_SECONDS}`);
    }
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
