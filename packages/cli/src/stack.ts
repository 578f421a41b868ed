/** What one data folder holds: remembered settings, credentials and agents. Commands read it; `up` and `account` write it. */
import { Failure } from "./failure.ts";
import { dataFiles, readJson, writeJson } from "./files.ts";
import type { LocalAgent } from "./service-processes.ts";
import { dataDirectory, type Remembered, resolveSettings, type Settings } from "./settings.ts";

export interface Credentials {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An agent of this machine with the ports and folder it keeps. */
export interface AgentRecord extends LocalAgent {
  readonly opsPort: number;
}

export interface OpenStack {
  readonly settings: Settings;
  readonly remembered: Remembered | null;
}

/** What the environment and an earlier `up` say; the folder need not exist. */
export function openStack(env: NodeJS.ProcessEnv = process.env): OpenStack {
  const dataDir = dataDirectory(env, process.getuid?.() ?? 0);
  const remembered = readJson<Remembered>(dataFiles(dataDir).settings);
  return {
    settings: resolveSettings(env, dataDir, remembered?.settings),
    remembered,
  };
}

/** For commands that need a stack that was brought up. */
export function requireStack(): OpenStack & {
  readonly remembered: Remembered;
} {
  const { settings, remembered } = openStack();
  if (!remembered) throw new Failure(`nothing was started in ${settings.dataDir} yet`, "./roadstead up");
  return { settings, remembered };
}

export function requireCredentials(dataDir: string): Credentials {
  const credentials = readJson<Credentials>(dataFiles(dataDir).credentials);
  if (!credentials) throw new Failure(`${dataDir} has no credentials yet`, "./roadstead up");
  return credentials;
}

export const agentRecords = (dataDir: string): readonly AgentRecord[] =>
  readJson<readonly AgentRecord[]>(dataFiles(dataDir).agents) ?? [];

export const saveAgentRecords = (dataDir: string, agents: readonly AgentRecord[]): void =>
  writeJson(dataFiles(dataDir).agents, agents);
