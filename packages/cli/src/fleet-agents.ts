/** The agents of Fargate's hosts, which the provisioner starts and nobody supervises; `down` ends them and `status` shows them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type ProcessIdentity, signal } from "@roadstead/service-kit/process-identity";
import { dataFiles, readJson } from "./files.ts";

const PREFIX = "fargate-";
/** As long as an agent may take to stop in order. */
const STOP_TIMEOUT_MS = 27_000;

interface FleetAgent extends ProcessIdentity {
  readonly name: string;
  readonly startedAt: number;
}

/** Those that run. */
export function fleetAgents(dataDir: string): readonly FleetAgent[] {
  const { agentFolders } = dataFiles(dataDir);
  return folders(agentFolders).flatMap((name) => {
    const known = readJson<Omit<FleetAgent, "name">>(join(agentFolders, name, "process.json"));
    return known && isAlive(known) ? [{ ...known, name }] : [];
  });
}

/** Their containers go on, as those of every agent do. Nobody may be left who would start them again. */
export async function stopFleetAgents(dataDir: string): Promise<void> {
  const agents = fleetAgents(dataDir);
  for (const agent of agents) signal(agent, "SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (agents.some(isAlive)) {
    if (Date.now() > deadline) for (const agent of agents) signal(agent, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

function folders(path: string): readonly string[] {
  try {
    return readdirSync(path).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}
