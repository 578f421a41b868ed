/** Decides where a container's output goes and what the engine keeps of it; its creation and the followers of logs call this. */
import type { ContainerSpec } from "./task.ts";

export interface LogTarget {
  readonly group: string;
  /** Null: the stream is named by the container's id. */
  readonly stream: string | null;
  readonly region: string;
  readonly createsGroup: boolean;
}

/**
 * What the engine keeps in place of its own awslogs driver: the agent reads it and sends it on, so that a log store that is
 * slow or away stops no container.
 */
export const ENGINE_LOG_CONFIG = {
  Type: "json-file",
  Config: { "max-size": "20m", "max-file": "5" },
} as const;

/** Null for a container whose output is none of the agent's business. */
export function logTargetOf(container: ContainerSpec, ownRegion: string): LogTarget | null {
  const { LogConfig } = container.hostConfig as {
    readonly LogConfig?: {
      readonly Type?: unknown;
      readonly Config?: Readonly<Record<string, unknown>>;
    } | null;
  };
  if (LogConfig?.Type !== "awslogs") return null;
  const option = (name: string) => {
    const value = LogConfig.Config?.[`awslogs-${name}`];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    group: option("group") ?? "",
    stream: option("stream"),
    region: option("region") ?? ownRegion,
    createsGroup: option("create-group") === "true",
  };
}
