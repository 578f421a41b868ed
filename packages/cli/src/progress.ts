/** Says on stderr what the launcher is about to do, how it goes and how long it took; stdout stays for answers. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const SILENCE_MS = 5_000;

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 9_950 ? 1 : 0)} s`;

export class CommandFailed extends Error {}

export interface Command {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

/** Runs a command that may take long: its newest line on a terminal, a sign of life every few seconds elsewhere. */
export async function runStep(step: Command): Promise<void> {
  const began = performance.now();
  const terminal = process.stderr.isTTY === true;
  say(`→ ${step.title}`);
  const child = spawn(step.command, [...step.args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...step.env },
    ...(step.cwd ? { cwd: step.cwd } : {}),
    ...(step.user ? { uid: step.user.uid, gid: step.user.gid } : {}),
  });
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (terminal) process.stderr.write(`\r\x1b[K  ${line.slice(0, (process.stderr.columns ?? 80) - 4)}`);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", onLine);
  const alive = setInterval(() => !terminal && say(`  … ${seconds(performance.now() - began)}`), SILENCE_MS);
  const code = await new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      lines.push(error.message);
      resolve(null);
    });
    child.on("close", resolve);
  });
  clearInterval(alive);
  if (terminal) process.stderr.write("\r\x1b[K");
  if (code !== 0) {
    throw new CommandFailed(
      `${step.title} failed:\n${lines
        .slice(-15)
        .map((l) => `    ${l}`)
        .join("\n")}`,
    );
  }
  say(`  done in ${seconds(performance.now() - began)}`);
}
