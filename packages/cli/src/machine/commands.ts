/** `roadstead agent status|start|stop|leave` on a machine that joined; the launcher and the machine's own `roadstead` call this. */
import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { freePort } from "../install/free-port.ts";
import { withLock } from "../lock.ts";
import { say } from "../progress.ts";
import { probe, waitReady } from "../readiness.ts";
import {
  desiredProcesses,
  ensureSupervisor,
  runningProcesses,
  supervisorIdentity,
  want,
} from "../supervisor/control.ts";
import { AGENT, agentSpecification } from "./agent-process.ts";
import { type JoinedMachine, machineFiles, readMachine } from "./joined-machine.ts";

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const FIRST_OPS_PORT = 4760;

export type MachineCommand = "agent status" | "agent start" | "agent stop" | "agent leave";

/** The exit code. */
export function machineCommand(command: MachineCommand, home: string): Promise<number> {
  const machine = readMachine(home);
  if (!machine)
    throw new Failure(`this machine has not joined: nothing is in ${home}`, "roadstead agent join TOKEN");
  switch (command) {
    case "agent status":
      return status(home, machine);
    case "agent start":
      return start(home, machine);
    case "agent stop":
      return stop(home);
    case "agent leave":
      return leave(home);
  }
}

async function status(home: string, machine: JoinedMachine): Promise<number> {
  const running = runningProcesses(home).get(AGENT);
  const wanted = desiredProcesses(home).find(({ name }) => name === AGENT);
  const readiness = running && wanted ? await probe(wanted) : { ready: false, detail: "not started" };
  const lines = [
    `agent          ${running ? `runs (pid ${running.pid}, ${running.restarts} restarts)` : "does not run"}`,
    `connected      ${readiness.ready ? "yes" : `no: ${readiness.detail}`}`,
    `control plane  ${machine.apiUrl}`,
    `cluster        ${machine.clusterName} of account ${machine.accountId} in ${machine.region}`,
    `log            ${dataFiles(home).log(AGENT)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return readiness.ready ? 0 : 1;
}

async function start(home: string, machine: JoinedMachine): Promise<number> {
  const files = dataFiles(home);
  for (const folder of [files.run, files.logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { supervisorBundle, node } = machineFiles(home);
  const specification = await withLock(files.lock, async () => {
    const known = desiredProcesses(home).find(({ name }) => name === AGENT);
    const isRunning = runningProcesses(home).has(AGENT);
    const opsPort = (isRunning && known?.opsPort) || (await freePort(known?.opsPort ?? FIRST_OPS_PORT));
    const wanted = agentSpecification(home, machine, opsPort);
    want(home, [wanted], supervisorBundle, node);
    return wanted;
  });
  say("→ Starting the agent");
  await waitReady(home, [specification], {
    timeoutMs: READY_TIMEOUT_MS,
    keepAlive: () => ensureSupervisor(home, supervisorBundle, node),
    logCommand: `tail ${files.log(AGENT)}`,
  });
  say(
    `This machine is a container instance of cluster ${machine.clusterName}. Its agent goes on in the background:`,
  );
  say(`  ${machineFiles(home).launcher} agent status|start|stop|leave`);
  return 0;
}

async function stop(home: string): Promise<number> {
  await stopAgent(home);
  say("The agent is stopped. Containers of tasks go on; `agent start` looks after them again.");
  return 0;
}

async function stopAgent(home: string): Promise<void> {
  const { supervisorBundle, node } = machineFiles(home);
  await withLock(dataFiles(home).lock, async () => {
    if (runningProcesses(home).size === 0 && supervisorIdentity(home) === null) return;
    want(home, [], supervisorBundle, node);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (runningProcesses(home).size > 0 || supervisorIdentity(home) !== null) {
      if (Date.now() > deadline)
        throw new Failure("the agent does not stop", `read ${dataFiles(home).log(AGENT)}`);
      if (supervisorIdentity(home) === null) ensureSupervisor(home, supervisorBundle, node);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });
}

async function leave(home: string): Promise<number> {
  await stopAgent(home);
  rmSync(home, { recursive: true, force: true });
  removeIfEmpty(dirname(home));
  say("This machine is no agent's any more. Containers of tasks were left as they are.");
  say("Its key still exists; end it at the control plane: roadstead agent revoke");
  return 0;
}

function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
