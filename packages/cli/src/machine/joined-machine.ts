/** What a machine that joined keeps in its folder, and where. Every module here reads it; `enrol` writes it. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../files.ts";

/** The folder of a joined machine, apart from that of a control plane on the same machine. */
export const joinedFolder = (dataDir: string): string => join(dataDir, "joined");

export const machineFiles = (home: string) => ({
  machine: join(home, "machine.json"),
  authority: join(home, "ca.pem"),
  bin: join(home, "bin"),
  node: join(home, "bin", "node"),
  agentBundle: join(home, "bin", "agent.mjs"),
  supervisorBundle: join(home, "bin", "supervisor.mjs"),
  machineBundle: join(home, "bin", "machine.mjs"),
  launcher: join(home, "roadstead"),
  agentData: join(home, "agent"),
});

export interface JoinedMachine {
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly apiUrl: string;
  readonly registryUrl: string;
  readonly dockerSocket: string;
  /** Finer settings of the agent, as they were when it joined. */
  readonly agentEnv: Readonly<Record<string, string>>;
}

export const readMachine = (home: string): JoinedMachine | null =>
  readJson<JoinedMachine>(machineFiles(home).machine);

/** Its own `roadstead`, since there may be no checkout here. */
const LAUNCHER = `#!/bin/sh
# Looks after this joined machine's agent: roadstead agent status|start|stop|leave
home=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
exec "$home/bin/node" "$home/bin/machine.mjs" agent "$home" "$@"
`;

/** Into a folder that becomes the machine's when everything is there. */
export function writeMachine(folder: string, machine: JoinedMachine, authorityPem: string): void {
  const files = machineFiles(folder);
  mkdirSync(files.agentData, { recursive: true, mode: 0o700 });
  writeFileSync(files.authority, authorityPem, { mode: 0o600 });
  chmodSync(files.authority, 0o600);
  writeFileSync(files.launcher, LAUNCHER, { mode: 0o755 });
  chmodSync(files.launcher, 0o755);
  writeJson(files.machine, machine);
}
