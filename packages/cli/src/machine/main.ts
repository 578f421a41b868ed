/** The program of a machine that joined, which may have no checkout: the installer and its own `roadstead` run it. */
import { Failure } from "../failure.ts";
import { type MachineCommand, machineCommand } from "./commands.ts";
import { enrol } from "./enrol.ts";

const COMMANDS: readonly MachineCommand[] = ["agent status", "agent start", "agent stop", "agent leave"];
const EXIT_FAILURE = 1;
const EXIT_MISUSE = 2;

async function main([mode, folder, ...rest]: readonly string[]): Promise<number> {
  if (mode === "enrol" && folder !== undefined && rest[0] !== undefined) {
    await enrol(folder, rest[0], process.env);
    return 0;
  }
  const command = COMMANDS.find((name) => name === rest.join(" "));
  if (mode === "agent" && folder !== undefined && command) return machineCommand(command, folder);
  process.stderr.write("usage: roadstead agent status|start|stop|leave\n");
  return EXIT_MISUSE;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const text =
    error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`roadstead: ${text}\n`);
  if (error instanceof Failure && error.fix) process.stderr.write(`  fix: ${error.fix}\n`);
  process.exitCode = EXIT_FAILURE;
}
