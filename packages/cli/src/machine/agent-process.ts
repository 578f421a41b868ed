/** Describes a joined machine's agent to its supervisor. Pure. */
import { dataFiles } from "../files.ts";
import type { ProcessSpecification } from "../supervisor/specification.ts";
import { type JoinedMachine, machineFiles } from "./joined-machine.ts";

export const AGENT = "agent";

const NODE_FLAGS = ["--max-semi-space-size=16", "--max-old-space-size=192"];
const STOP_TIMEOUT_MS = 27_000;
/** Not the terminal's, so that starting it again from another one changes nothing. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** It knows the control plane's address and authority, and its own key. */
export function agentSpecification(
  home: string,
  machine: JoinedMachine,
  opsPort: number,
): ProcessSpecification {
  const files = machineFiles(home);
  return {
    name: AGENT,
    tier: 2,
    command: files.node,
    args: [...NODE_FLAGS, files.agentBundle],
    env: {
      PATH: DEFAULT_PATH,
      HOME: home,
      NODE_ENV: "production",
      ...machine.agentEnv,
      ROADSTEAD_API_URL: machine.apiUrl,
      ROADSTEAD_REGISTRY_URL: machine.registryUrl,
      ROADSTEAD_CA_FILE: files.authority,
      ROADSTEAD_OPS_PORT: String(opsPort),
      ROADSTEAD_AGENT_DATA_DIR: files.agentData,
      ROADSTEAD_DOCKER_SOCKET: machine.dockerSocket,
      ROADSTEAD_CLUSTER: machine.clusterName,
      AWS_REGION: machine.region,
      AWS_ACCESS_KEY_ID: machine.accessKeyId,
      AWS_SECRET_ACCESS_KEY: machine.secretAccessKey,
    },
    cwd: home,
    user: null,
    logFile: dataFiles(home).log(AGENT),
    stopSignal: "SIGTERM",
    stopTimeoutMs: STOP_TIMEOUT_MS,
    opsHost: "127.0.0.1",
    opsPort,
  };
}
