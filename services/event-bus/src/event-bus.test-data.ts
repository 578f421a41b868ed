/** Rules with webhooks that tests listen at, and a bus that runs on the test's database. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { insertApiDestination } from "@roadstead/db/api-destinations";
import type { Db } from "@roadstead/db/connect";
import {
  CONNECTIONS_PURPOSE,
  type ConnectionParameters,
  connectionContext,
  insertConnection,
} from "@roadstead/db/event-connections";
import { findRule, putRule, putTargets } from "@roadstead/db/event-rules";
import type { EventTargetDetails } from "@roadstead/db/schema/event-bus";
import { createSecretBox, parseMasterKeys } from "@roadstead/db/secrets";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import {
  aLaunch,
  aWorld,
  openLaunch,
  placeAll,
  REGION,
  useDb,
  type World,
} from "@roadstead/db/world.test-data";
import { apiDestinationArn, connectionArn } from "@roadstead/model/event-arn";
import { newUuid } from "@roadstead/service-kit/ids";
import { createLogger } from "@roadstead/service-kit/log";
import type { Running } from "@roadstead/service-kit/run-service";
import { afterEach } from "vitest";
import { configSchema } from "./config.ts";
import { start } from "./start.ts";

/** As the file of master keys holds it. */
export const MASTER_KEY = "07".repeat(32);
const MASTER_KEYS = parseMasterKeys(MASTER_KEY);
const secrets = createSecretBox(MASTER_KEYS, CONNECTIONS_PURPOSE);

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Webhook {
  readonly url: string;
  readonly received: Received[];
  /** What the next requests are answered; 200 when it runs out. A negative one is never answered. */
  readonly answers: number[];
  /** Cuts the connections of those that it never answers. */
  hangUp(): void;
}

/** The running test's database; what runs on it stops before it goes. */
export const at = useDb();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export async function aWebhook(headers: Record<string, string> = {}): Promise<Webhook> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "" } = request;
    received.push({ method, path: url, headers: request.headers, body });
    const status = answers.shift() ?? 200;
    if (status > 0) response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const hangUp = () => server.closeAllConnections();
  return { url: `http://127.0.0.1:${address.port}/hook`, received, answers, hangUp };
}

export const ACCOUNT = "000000000000";
export const arn = (rest: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${rest}`;
export const soon = { timeout: 20_000, interval: 20 };

export const NO_PARAMETERS: ConnectionParameters = { headers: [], query: [], body: [] };

export interface RuleOptions {
  readonly name?: string;
  readonly pattern?: object;
  readonly details?: EventTargetDetails;
  readonly parameters?: ConnectionParameters;
  readonly endpoint?: string;
}

/** What CreateConnection, CreateApiDestination, PutRule and PutTargets would write. */
export async function aRule(db: Db, world: World, hook: Pick<Webhook, "url">, options: RuleOptions = {}) {
  const { name = "rule", details = {}, endpoint = hook.url } = options;
  const { parameters = { ...NO_PARAMETERS, apiKey: { name: "x-key", value: "open sesame" } } } = options;
  const { scope } = world;
  const pattern = JSON.stringify(options.pattern ?? { "detail-type": ["ECS Task State Change"] });
  await db.write(async (tx) => {
    const id = newUuid();
    await insertConnection(tx, scope.id, {
      id,
      name,
      description: null,
      authorizationType: parameters.basic ? "BASIC" : "API_KEY",
      sealedParameters: secrets.seal(JSON.stringify(parameters), connectionContext(id)),
    });
    const destination = await insertApiDestination(tx, scope.id, {
      id: newUuid(),
      name,
      description: null,
      connectionArn: connectionArn(scope, name, id),
      connectionId: id,
      endpoint,
      method: "POST",
      rateLimit: 300,
    });
    const arn = apiDestinationArn(scope, name, destination?.id ?? "");
    await addTarget(tx, world, { name, pattern, arn, details });
  });
}

export async function addTarget(
  tx: Parameters<typeof putRule>[0],
  { scope }: World,
  target: {
    readonly name: string;
    readonly pattern: string;
    readonly arn: string;
    readonly details: EventTargetDetails;
  },
): Promise<void> {
  const { name, pattern, arn, details } = target;
  const state = "ENABLED";
  await putRule(tx, scope.id, { name, pattern, state, description: null, roleArn: null, tags: [] });
  const rule = await findRule(tx, scope.id, name);
  await putTargets(tx, rule?.id ?? "", [{ targetId: "1", arn, details }]);
}

/** A bus that looks often; it stops with the test. */
export async function aBus(db: Db, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const quick = { ROADSTEAD_EVENT_POLL_MS: "20", ROADSTEAD_EVENT_RETRY_MS: "20" };
  const config = configSchema.parse({ ...quick, ...env });
  const log = createLogger({ service: "test", level: "silent" });
  const running = await start({ db, masterKeys: MASTER_KEYS, config, log });
  closing.push(() => running.stop());
  return running;
}

/** A world with tasks that are launched, and reported on. */
export async function aTask(db: Db) {
  const world = await aWorld(db);
  const launched = async () => {
    const { request } = await openLaunch(db, aLaunch(world));
    await placeAll(db, world);
    const [task] = await tasksOfLaunch(db, request.id);
    if (!task) throw new Error("not placed");
    return task.id;
  };
  const report = (taskId: string, change: Omit<Parameters<typeof transitionTasks>[1][number], "taskId">) =>
    db.write((tx) => transitionTasks(tx, [{ taskId, ...change }]));
  return { world, launched, report };
}
