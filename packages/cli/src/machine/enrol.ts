/** Exchanges a token for this machine's key and writes what the agent needs; the installer and `agent join` call this. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { Failure } from "../failure.ts";
import { decodeJoinToken } from "../join-token.ts";
import { exchangeToken, findControlPlane } from "./control-plane.ts";
import { writeMachine } from "./joined-machine.ts";

const AGENT_PREFIX = "ROADSTEAD_AGENT_";
/** Settled by the machine itself. */
const SETTLED = ["ROADSTEAD_AGENT_DATA_DIR"];
const DEFAULT_SOCKET = "/var/run/docker.sock";

/** Leaves `folder` as it was when the token does not let this machine in. */
export async function enrol(folder: string, text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const token = decodeJoinToken(text.trim());
  if (!token) throw new Failure("this is no join token: copy all of what `roadstead agent token` printed");
  const found = await findControlPlane(token);
  const answer = await exchangeToken(found, {
    secret: token.secret,
    claim: randomBytes(24).toString("base64url"),
    machineName: hostname(),
  });
  const { registryPort, registryName, ...key } = answer;
  const registry = new URL(found.url);
  registry.port = String(registryPort);
  writeMachine(
    folder,
    {
      ...key,
      apiUrl: found.url,
      registryUrl: registry.origin,
      dockerSocket: env.ROADSTEAD_DOCKER_SOCKET || DEFAULT_SOCKET,
      agentEnv: { ...registryAddress(registryName), ...agentSettings(env) },
    },
    found.authorityPem,
  );
}

/** The engine here finds the registry where the control plane's own does, if that is an address of every machine. */
const registryAddress = (name: string): Record<string, string> =>
  /^127\.\d+\.\d+\.\d+:\d+$/.test(name) ? { ROADSTEAD_AGENT_REGISTRY_LISTEN: name } : {};

const agentSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith(AGENT_PREFIX) && !SETTLED.includes(name) && value ? [[name, value]] : [],
    ),
  );
