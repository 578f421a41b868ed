/** Removes what tasks' networks leave on the machine when their agents will not come back; `down --purge` calls this. */
import { readdirSync } from "node:fs";
import { removeRules } from "@roadstead/agent/network/filter-jumps";
import { dataFiles } from "./files.ts";
import { engineCall } from "./install/docker.ts";
import type { Settings } from "./settings.ts";

const VPC_LABEL = "com.roadstead.vpc";
/** In the data folder of every agent that registered. */
const AGENT_FILE = "agent.json";

/** Networks that containers still run in are another installation's, and the engine keeps them. */
export async function removeTaskNetworks(settings: Settings): Promise<void> {
  for (const folder of agentFolders(settings.dataDir)) await removeRules(folder).catch(() => undefined);
  const filters = encodeURIComponent(JSON.stringify({ label: [VPC_LABEL] }));
  const call = (method: string, path: string) =>
    engineCall(settings.dockerSocket, { method, path }).catch(() => null);
  const answer = await call("GET", `/networks?filters=${filters}`);
  if (answer?.status !== 200) return;
  const networks = JSON.parse(answer.body.toString("utf8")) as readonly { readonly Id: string }[];
  for (const { Id } of networks) await call("DELETE", `/networks/${Id}`);
}

function agentFolders(dataDir: string): readonly string[] {
  try {
    return readdirSync(dataFiles(dataDir).agentFolders, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name === AGENT_FILE)
      .map(({ parentPath }) => parentPath);
  } catch {
    return [];
  }
}
