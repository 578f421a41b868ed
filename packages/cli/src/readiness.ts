/** Waits until processes run as specified and answer /readyz, and says why one does not; `up` and `account create` call this. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Failure } from "./failure.ts";
import { processStates, runningProcesses } from "./supervisor/control.ts";
import { type ProcessSpecification, specificationHash } from "./supervisor/specification.ts";

const POLL_MS = 40;
/** What is slow because the machine is busy is ready all the same; what does not run refuses at once. */
const PROBE_TIMEOUT_MS = 5_000;
/** A process that ended so often while we watched will not come up. */
const ENDS_MAX = 5;
const LOG_TAIL_BYTES = 4_096;
const LOG_TAIL_LINES = 12;

export interface Readiness {
  readonly ready: boolean;
  /** What /readyz answered, or why it did not. */
  readonly detail: string;
}

export async function probe(process: Pick<ProcessSpecification, "opsHost" | "opsPort">): Promise<Readiness> {
  try {
    const answer = await fetch(`http://${process.opsHost}:${process.opsPort}/readyz`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return { ready: answer.ok, detail: (await answer.text()).trim() };
  } catch (error) {
    return {
      ready: false,
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

/** `keepAlive` runs in each round: the supervisor may have left just when we asked it for more. */
export async function waitReady(
  dataDir: string,
  processes: readonly ProcessSpecification[],
  options: {
    readonly timeoutMs: number;
    readonly keepAlive: () => void;
    /** What shows more of what a process said, where it is not the launcher's own command. */
    readonly logCommand?: string;
  },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  const endsBefore = restartsByName(dataDir);
  let waiting = processes;
  for (;;) {
    const answers = await Promise.all(
      waiting.map(async (p) => ({ p, answer: await readinessOf(dataDir, p) })),
    );
    const unready = answers.filter(({ answer }) => !answer.ready);
    if (unready.length === 0) return;
    waiting = unready.map(({ p }) => p);
    const restarts = restartsByName(dataDir);
    const hopeless = unready.find(
      ({ p }) => (restarts.get(p.name) ?? 0) - (endsBefore.get(p.name) ?? 0) >= ENDS_MAX,
    );
    const late = Date.now() > deadline ? unready[0] : undefined;
    const failed = hopeless ?? late;
    if (failed) {
      const command = options.logCommand ?? `./roadstead logs ${failed.p.name}`;
      throw notReady(failed, hopeless ? "keeps ending" : "is not ready", command);
    }
    options.keepAlive();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A process of an older specification may still answer; it does not count. */
async function readinessOf(dataDir: string, process: ProcessSpecification): Promise<Readiness> {
  const running = runningProcesses(dataDir).get(process.name);
  if (running?.specificationHash !== specificationHash(process))
    return { ready: false, detail: "not started" };
  return process.opsPort === null ? { ready: true, detail: "" } : probe(process);
}

const restartsByName = (dataDir: string): ReadonlyMap<string, number> =>
  new Map(processStates(dataDir).map((state) => [state.name, state.restarts]));

function notReady(
  { p, answer }: { readonly p: ProcessSpecification; readonly answer: Readiness },
  what: string,
  logCommand: string,
): Failure {
  const tail = logTail(p.logFile, LOG_TAIL_LINES);
  const lines = tail.map((line) => `    ${line}`).join("\n");
  return new Failure(`${p.name} ${what} (${answer.detail}). Its last words:\n${lines}`, logCommand);
}

export function logTail(path: string, lines: number): readonly string[] {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const length = Math.min(size, LOG_TAIL_BYTES * Math.max(1, lines / LOG_TAIL_LINES));
      const buffer = Buffer.alloc(length);
      readSync(file, buffer, 0, length, size - length);
      return buffer
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .slice(-lines);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
