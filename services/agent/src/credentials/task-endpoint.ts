/** Serves containers the credentials of their tasks' roles, their metadata, and names, at 169.254.170.2; `start` opens one per agent. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { Resolver } from "../dns/resolver.ts";
import { type Answer, UNKNOWN, unknownAnswer } from "./answer-request.ts";
import { announceHolding, type Holding, watchHolder } from "./holder-watch.ts";
import {
  addAddress,
  ENDPOINT_PORT,
  ensureRules,
  isAddressThere,
  LINK_LOCAL,
  removeAll,
} from "./link-local.ts";
import { askSiblings, hasSiblings, isServing, listenForSiblings, PEER_HEADER } from "./siblings.ts";

export type Answering = (request: { readonly path: string; readonly peer: string }) => Promise<Answer>;

export interface TaskEndpoint {
  /** Whether containers can reach it, through this agent or another one of the machine. */
  readonly isServed: boolean;
  /** Until then nobody is known. */
  answerWith(answering: Answering): void;
  stop(): Promise<void>;
}

export interface TaskEndpointOptions {
  /** Where agents of this machine find each other. */
  readonly folder: string;
  /** Of this agent alone. */
  readonly name: string;
  readonly log: Logger;
  /** Answers DNS there for as long as this agent holds the address. */
  readonly openResolver: () => Promise<Resolver>;
}

const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 256;
/** Another agent takes over as soon as it hears of the end of the one that holds the address, and looks so often in any case. */
const TAKE_OVER_MS = 1_000;
/** The kernel may say that a process ended before it has taken its last port away. */
const TAKE_OVER_TRIES = 10;
const TAKE_OVER_PAUSE_MS = 20;
/** Rules are looked at each so many times that the address is. */
const RULES_EVERY = 30;

/** An agent that cannot serve says so, and runs everything but tasks with roles. */
export async function openTaskEndpoint(options: TaskEndpointOptions): Promise<TaskEndpoint> {
  const { log } = options;
  if (process.getuid?.() !== 0) {
    log.warn(
      { op: "credentials.unserved" },
      "tasks with a task role cannot run on this machine: their credentials' address takes root",
    );
    return NOT_SERVED;
  }
  let answering: Answering = async () => UNKNOWN;
  const own: Answering = (request) => answering(request);
  const inner = createHttpServer(own, (request) => String(request.headers[PEER_HEADER] ?? ""), log);
  const socketPath = await listenForSiblings(inner, options.folder, options.name);
  const holder = createHolder(options, socketPath, own);
  await holder.look();
  const loop: Loop = startLoop({ name: "credentials.hold", everyMs: TAKE_OVER_MS, log, run: holder.look });
  return {
    isServed: holder.isServed(),
    answerWith: (given) => {
      answering = given;
    },
    async stop() {
      await loop.stop();
      await closed(inner);
      await holder.stop();
    },
  };
}

const NOT_SERVED: TaskEndpoint = {
  isServed: false,
  answerWith: () => undefined,
  stop: async () => undefined,
};

function createHolder(options: TaskEndpointOptions, socketPath: string, own: Answering) {
  const { folder, log } = options;
  const asking: Answering = async (request) => {
    const answer = await own(request);
    if (answer !== UNKNOWN) return answer;
    const isKnown = ({ status, body }: Answer) => status !== 400 || !isUnknown(body);
    return (await askSiblings(folder, socketPath, request, isKnown)) ?? unknownAnswer(request.path);
  };
  let held: Held | null = null;
  let failure: string | null = null;
  let looks = 0;
  let isStopped = false;
  const tryToHold = async () => {
    try {
      held = await hold(options, asking);
      failure = null;
    } catch (error) {
      const reason = codeOf(error);
      if (reason !== failure && reason !== "EADDRINUSE") {
        log.warn({ op: "credentials.unserved", err: error }, `credentials cannot be had at ${LINK_LOCAL}`);
      }
      failure = reason;
      if (reason === "EADDRINUSE") await watch.look();
    }
  };
  const look = async () => {
    if (isStopped) return;
    if (!held) return tryToHold();
    looks += 1;
    const isLost = !isAddressThere();
    if (isLost) await addAddress();
    if (isLost || looks % RULES_EVERY === 0) await ensureRules();
  };
  let looking: Promise<void> = Promise.resolve();
  /** One after the other. */
  const lookNext = () => {
    looking = looking.catch(() => undefined).then(look);
    return looking;
  };
  const takeOver = async () => {
    for (let tries = 0; tries < TAKE_OVER_TRIES && !held && !isStopped; tries += 1) {
      if (tries > 0) await delay(TAKE_OVER_PAUSE_MS);
      // Another was quicker.
      if (watch.isWatching()) return;
      await lookNext().catch(() => undefined);
    }
  };
  const watch = watchHolder(folder, () => void takeOver());
  return {
    /** Another agent may hold the address: it serves meanwhile, and this one takes over after it. */
    isServed: () => held !== null || failure === "EADDRINUSE",
    look: lookNext,
    async stop() {
      isStopped = true;
      watch.stop();
      await looking.catch(() => undefined);
      if (held) await release(held);
      // Of agents that end together the holder leaves it to the last.
      else if (!isAddressThere() || (await isServing(LINK_LOCAL, ENDPOINT_PORT))) return;
      // Whoever takes over needs them.
      if (!(await hasSiblings(folder, socketPath))) await removeAll();
    },
  };
}

interface Held {
  readonly server: Server;
  readonly resolver: Resolver | null;
  readonly holding: Holding | null;
}

/** Fails with EADDRINUSE while another agent has the address. */
async function hold(
  { folder, name, log, openResolver }: TaskEndpointOptions,
  asking: Answering,
): Promise<Held> {
  const server = createHttpServer(asking, (request) => request.socket.remoteAddress ?? "", log);
  try {
    await listenThere(server);
  } catch (error) {
    if (codeOf(error) !== "EADDRNOTAVAIL") throw error;
    await addAddress();
    await listenThere(server);
  }
  // Containers ask the machine's own nameservers without ours; credentials are to be had whatever happens to names.
  const opening = openResolver().catch((error: unknown) => {
    log.warn({ op: "dns.unserved", err: error }, `names cannot be asked for at ${LINK_LOCAL}`);
    return null;
  });
  const announcing = announceHolding(folder, name).catch((error: unknown) => {
    log.warn({ op: "credentials.unannounced", err: error }, "other agents will take a second to take over");
    return null;
  });
  const [resolver, holding] = await Promise.all([opening, announcing]);
  const held = { server, resolver, holding };
  try {
    await ensureRules();
  } catch (error) {
    await release(held);
    throw error;
  }
  log.info({ op: "credentials.listening" }, `credentials of tasks are at ${LINK_LOCAL}`);
  return held;
}

async function release({ server, resolver, holding }: Held): Promise<void> {
  await Promise.all([closed(server), resolver?.close()]);
  await holding?.end();
}

async function listenThere(server: Server): Promise<void> {
  server.listen(ENDPOINT_PORT, LINK_LOCAL);
  await once(server, "listening");
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error);

const isUnknown = (body: object) => (body as { readonly code?: unknown }).code === "InvalidIdInRequest";

function createHttpServer(
  answering: Answering,
  peerOf: (request: IncomingMessage) => string,
  log: Logger,
): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answering({ path: request.url ?? "/", peer: peerOf(request) }).then(
      (answer) => write(response, answer),
      (error: unknown) => {
        log.warn({ op: "credentials.request", err: error }, "a request for credentials failed");
        write(response, { status: 500, body: { code: "InternalServerError", HTTPErrorCode: 500 } });
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on("error", () => undefined);
  return server;
}

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

async function closed(server: Server): Promise<void> {
  const end = once(server, "close");
  server.close();
  server.closeAllConnections();
  await end;
}

/** Processes on the host's network come from any of these. */
export const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
