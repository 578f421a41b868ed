/** What the launcher asks of the supervisor, and what the supervisor writes down about each process. */
import { createHash } from "node:crypto";
import type { ProcessIdentity } from "@roadstead/service-kit/process-identity";

export interface ProcessSpecification {
  readonly name: string;
  /** Stopped from the highest tier down: stores are 0, services 1, agents 2. */
  readonly tier: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Run as this user; null means as ourselves. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly logFile: string;
  readonly stopSignal: "SIGTERM" | "SIGINT";
  readonly stopTimeoutMs: number;
  /** Where it answers /readyz; without a port it has other ways. */
  readonly opsHost: string;
  readonly opsPort: number | null;
}

export interface DesiredProcesses {
  readonly processes: readonly ProcessSpecification[];
}

/** One `run/<name>.process.json`. It outlives the supervisor, which adopts what it finds. */
export interface ProcessState extends ProcessIdentity {
  readonly name: string;
  readonly specificationHash: string;
  readonly tier: number;
  readonly stopSignal: "SIGTERM" | "SIGINT";
  readonly stopTimeoutMs: number;
  readonly startedAt: number;
  /** How often it ended by itself since it was first wanted. */
  readonly restarts: number;
}

export const specificationHash = (specification: ProcessSpecification): string =>
  createHash("sha256").update(JSON.stringify(specification)).digest("hex").slice(0, 16);
