/**
 * Says of a test that failed where it is, why, and what its stack's processes said meanwhile, at once: the end of a run is
 * minutes later, and many lines away. The e2e configuration lists it as a set-up file.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, inject, type RunnerTestCase } from "vitest";
import { accountsOfThisFile } from "./accounts-used.ts";
import { stacksOfThisFile } from "./stack.ts";

const LINES_MAX = 60;
const LINE_MAX_CHARS = 600;
const ERROR_MAX_LINES = 40;

beforeEach(({ task, onTestFailed }) => {
  const sinceMs = Date.now();
  onTestFailed(() => void process.stderr.write(reportOf(task, sinceMs)));
});

function reportOf(task: RunnerTestCase, sinceMs: number): string {
  const errors = (task.result?.errors ?? []).map(({ message, stack, diff }) =>
    [stack ?? message, ...(diff ? [diff] : [])].join("\n"),
  );
  // A file with a stack of its own asks nothing of the common one.
  const own = stacksOfThisFile();
  const said = (own.length > 0 ? own : [inject("dataDir")]).flatMap((dataDir) => linesOf(dataDir, sinceMs));
  const title = `FAILED ${basename(task.file.filepath)} > ${task.fullTestName}`;
  const error = errors.join("\n").split("\n").slice(0, ERROR_MAX_LINES);
  const heading = `What the stack said between ${timeOf(sinceMs)} and ${timeOf(Date.now())}, the newest ${LINES_MAX} lines of it:`;
  return ["", title, ...error, heading, ...newest(said), ""].join("\n");
}

const timeOf = (ms: number) => new Date(ms).toISOString();

interface Line {
  readonly time: string;
  readonly text: string;
}

/** Of an account's own agent all lines; of others what names the account, and what is more than information. */
function linesOf(dataDir: string, sinceMs: number): readonly Line[] {
  const folder = join(dataDir, "logs");
  const accounts = accountsOfThisFile();
  const isNamed = (text: string) => accounts.some((account) => text.includes(account));
  const agentsOfOthers = (file: string) => /^agent-\d{12}\.log$/.test(file) && !isNamed(file);
  return namesIn(folder)
    .filter((file) => file.endsWith(".log") && !agentsOfOthers(file))
    .flatMap((file) => {
      const isTold = (text: string) => IMPORTANT.test(text) || (isNamed(text) && !LOOKED.test(text));
      return readFileSync(join(folder, file), "utf8")
        .split("\n")
        .flatMap(lineOf)
        .filter(({ time, text }) => time >= timeOf(sinceMs) && (isNamed(file) || isTold(text)))
        .map(({ time, text }) => ({ time, text: `${file}: ${shortened(text)}` }));
    });
}

/** Of a request when it was made, which and how it ended; the rest is the same in each. */
function shortened(text: string): string {
  const [, time, operation, end] =
    /"time":"([^"]+)".*"operation":"([^"]+)".*("status":.*)\}$/.exec(text) ?? [];
  return operation === undefined ? text.slice(0, LINE_MAX_CHARS) : `${time} ${operation} ${end}`;
}

/** What is wrong, and what began or ended. */
const IMPORTANT = /"level":"(?!info|debug)|"op":"(?:service|process)\./;

/** Requests that changed nothing and went well; whoever waits makes many. */
const LOOKED = /"operation":"\w+:(?:BatchGet|Describe|Filter|Get|List)\w*".*"status":200/;

function lineOf(text: string): readonly Line[] {
  const [, time] = /"time":"([^"]+)"/.exec(text) ?? [];
  return time === undefined ? [] : [{ time, text }];
}

const newest = (lines: readonly Line[]): readonly string[] =>
  lines
    .toSorted((a, b) => (a.time < b.time ? -1 : 1))
    .slice(-LINES_MAX)
    .map(({ text }) => text);

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
