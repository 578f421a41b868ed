/**
 * From the moment a container writes a line to the moment a reader has it; run with `node bench/logs.ts`.
 *
 * Two tasks write numbered lines, each with the time it was written at, through the `awslogs` driver into one group. One reader
 * asks FilterLogEvents every 50 ms; where the AWS CLI has it, `aws logs tail --follow` reads too, which asks every five
 * seconds. `--data=FOLDER` measures a running Roadstead, otherwise a private one is brought up and removed.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ensureImage } from "../e2e/support/image.ts";
import { writing } from "../e2e/support/logs.ts";
import { logsTailMissing, tailGroup } from "../e2e/support/logs-tail.ts";
import { launch, untilStopped } from "../e2e/support/tasks.ts";
import { printBusyness } from "./support/cpu-time.ts";
import { median, percentile, printTable } from "./support/numbers.ts";
import { benchedStack } from "./support/own-stack.ts";

const GROUP = "/bench/logs";
const TASKS = 2;
const SECONDS = 20;
const RATES = [10, 1_000];
const TICKS_PER_SECOND = 10;
const ASK_EVERY_MS = 50;
const READ_TIMEOUT_MS = 60_000;
/** As long as `aws logs tail` waits between two looks, and a little. */
const TAIL_PAUSE_MS = 6_000;

interface ReadLine {
  readonly writer: number;
  readonly number: number;
  readonly writtenMs: number;
  readonly readMs: number;
}

await printBusyness();
await ensureImage();
const stack = await benchedStack(process.argv);
const { url: endpoint, region, credentials } = stack.endpoint;
const logs = new CloudWatchLogsClient({ endpoint, region, credentials });
const ecs = new ECSClient({ endpoint, region, credentials });
const noTail = logsTailMissing();
if (noTail) console.log(`Without \`aws logs tail\`: ${noTail}\n`);
try {
  const rows: string[][] = [];
  for (const rate of RATES) rows.push(...(await measure(rate)));
  console.log(`Milliseconds from written to read, ${TASKS} tasks for ${SECONDS} s each`);
  printTable(["lines/s of a task", "reader", "p50", "p99", "most", "lost", "twice", "out of order"], rows);
} finally {
  await stack.close();
}

async function measure(rate: number): Promise<string[][]> {
  await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  const bootedMs = await bootTime();
  const exports = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: region,
  };
  const tail = noTail ? null : tailGroup({ endpoint, env: exports }, GROUP, "--format", "short");
  const reading = new AbortController();
  const asked: ReadLine[] = [];
  const asking = askAgainAndAgain(
    (text, readMs) => asked.push(readLine(text, readMs, bootedMs)),
    reading.signal,
  );
  const tasks: string[] = [];
  for (let writer = 0; writer < TASKS; writer++) {
    tasks.push(await launch(ecs, "bench-logs", [writing({ region }, script(rate, writer), GROUP)]));
  }
  for (const task of tasks) await untilStopped(ecs, task, READ_TIMEOUT_MS);
  const wanted = rate * SECONDS * TASKS;
  const deadline = Date.now() + READ_TIMEOUT_MS;
  await sleep(TAIL_PAUSE_MS);
  while (asked.length < wanted && Date.now() < deadline) await sleep(ASK_EVERY_MS);
  while (tail && tail.printed.length < wanted && Date.now() < deadline) await sleep(ASK_EVERY_MS);
  reading.abort();
  await asking;
  await tail?.stop();
  await logs.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
  const tailed = tail?.printed.map(({ text, atMs }) =>
    readLine(text.slice(text.indexOf(" ") + 1), atMs, bootedMs),
  );
  return [
    rowOf(rate, "FilterLogEvents", asked),
    ...(tailed ? [rowOf(rate, "aws logs tail --follow", tailed)] : []),
  ];
}

/** A line: who wrote it, its number, and the seconds since the machine started. */
function script(rate: number, writer: number): string {
  const line = `read up _ < /proc/uptime; echo ${writer} $i $up; i=$((i+1)); j=$((j+1))`;
  const tick = `j=0; while [ $j -lt ${rate / TICKS_PER_SECOND} ]; do ${line}; done; usleep 100000`;
  return `i=0; while [ $i -lt ${rate * SECONDS} ]; do ${tick}; done`;
}

function readLine(text: string, readMs: number, bootedMs: number): ReadLine {
  const [writer = Number.NaN, number = Number.NaN, up = Number.NaN] = text.split(" ").map(Number);
  return { writer, number, writtenMs: bootedMs + up * 1_000, readMs };
}

async function bootTime(): Promise<number> {
  const text = await readFile("/proc/uptime", "utf8");
  return Date.now() - Number(text.split(" ")[0]) * 1_000;
}

/** From the newest moment on that was read, as `aws logs tail` does it. */
async function askAgainAndAgain(
  take: (text: string, readMs: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  let startTime: number | undefined;
  let nextToken: string | undefined;
  while (!signal.aborted) {
    const input = { logGroupName: GROUP, interleaved: true, startTime, nextToken };
    const answer = await logs.send(new FilterLogEventsCommand(input));
    const readMs = Date.now();
    const newest = answer.events?.at(-1)?.timestamp;
    for (const { eventId = "", message = "" } of answer.events ?? []) {
      if (seen.has(eventId)) continue;
      seen.add(eventId);
      take(message, readMs);
    }
    nextToken = answer.nextToken;
    if (nextToken) continue;
    startTime = newest ?? startTime;
    await sleep(ASK_EVERY_MS);
  }
}

function rowOf(rate: number, reader: string, read: readonly ReadLine[]): string[] {
  const lags = read.map(({ writtenMs, readMs }) => readMs - writtenMs);
  const distinct = new Set(read.map(({ writer, number }) => `${writer} ${number}`)).size;
  const newest = new Map<number, number>();
  let disorder = 0;
  for (const { writer, number } of read) {
    if (number < (newest.get(writer) ?? -1)) disorder++;
    newest.set(writer, number);
  }
  const counts = [rate * SECONDS * TASKS - distinct, read.length - distinct, disorder];
  const figures = [median(lags), percentile(lags, 0.99), Math.max(...lags)];
  return [`${rate}`, reader, ...figures.map((ms) => ms.toFixed(0)), ...counts.map(String)];
}
