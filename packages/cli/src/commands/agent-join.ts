/** `roadstead agent join`: what the installer does, from a checkout and with its own Node. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ensureBundles } from "../bundles.ts";
import { Failure } from "../failure.ts";
import { engineVersion } from "../install/docker.ts";
import { machineCommand } from "../machine/commands.ts";
import { enrol } from "../machine/enrol.ts";
import { joinedFolder, machineFiles, readMachine } from "../machine/joined-machine.ts";
import { say } from "../progress.ts";
import { openStack } from "../stack.ts";

const BUNDLES = ["agent", "supervisor", "machine"] as const;

export async function agentJoin(token: string): Promise<number> {
  const { settings } = openStack();
  const home = joinedFolder(settings.dataDir);
  if (readMachine(home)) {
    say("This machine has joined already; nothing was done. See: ./roadstead agent status");
    return 0;
  }
  if (!(await engineVersion(settings.dockerSocket))) {
    throw new Failure(
      `no Docker Engine answers at ${settings.dockerSocket}`,
      "start it, or run this as root",
    );
  }
  const isNew = !existsSync(settings.dataDir);
  const staging = join(settings.dataDir, `.joining-${process.pid}`);
  try {
    mkdirSync(machineFiles(staging).bin, { recursive: true, mode: 0o700 });
    const bundles = await ensureBundles(settings.dataDir, BUNDLES);
    for (const name of BUNDLES)
      copyFileSync(join(bundles, `${name}.mjs`), join(staging, "bin", `${name}.mjs`));
    await enrol(staging, token, { ...process.env, ROADSTEAD_DOCKER_SOCKET: settings.dockerSocket });
    symlinkSync(process.execPath, machineFiles(staging).node);
    renameSync(staging, home);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (isNew) rmSync(settings.dataDir, { recursive: true, force: true });
    throw error;
  }
  return machineCommand("agent start", home);
}
