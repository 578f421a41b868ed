/** Serves containers the credentials of their tasks' roles, their metadata, and names, at 169.254.170.2; `start` opens one per agent. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { Resolver } from "../dns/resolver.ts";
import { type Answer, UNKNOWN, unknownAnswer } from "./answer-request.ts";
import { addAddress, ENDPOINT_PORT, ensureRules, LINK_LOCAL, removeAll } from "./link-local.ts";
import { askSiblings, hasSiblings, listenForSiblings, PEER_HEADER } from "./siblings.ts";

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
/** How soon another agent takes over from one that has died. */
const TAKE_OVER_MS = 1_000;
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

function createHolder(
  { folder, log, openResolver }: TaskEndpointOptions,
  socketPath: string,
  own: Answering,
) {
  const asking: Answering = async (request) => {
    const answer = await own(request);
    if (answer !== UNKNOWN) return answer;
    const isKnown = ({ status, body }: Answer) => status !== 400 || !isUnknown(body);
    return (await askSiblings(folder, socketPath, request, isKnown)) ?? unknownAnswer(request.path);
  };
  let server: Server | null = null;
  let resolver: Resolver | null = null;
  let failure: string | null = null;
  let looks = 0;
  const hold = async () => {
    const taken = createHttpServer(asking, (request) => request.socket.remoteAddress ?? "", log);
    try {
      await listenThere(taken);
    } catch (error) {
      if (codeOf(error) !== "EADDRNOTAVAIL") throw error;
      await addAddress();
      await listenThere(taken);
    }
    try {
      await ensureRules();
    } catch (error) {
      await closed(taken);
      throw error;
    }
    server = taken;
    // Containers ask the machine's own nameservers then; credentials are to be had whatever happens to names.
    resolver = await openResolver().catch((error: unknown) => {
      log.warn({ op: "dns.unserved", err: error }, `names cannot be asked for at ${LINK_LOCAL}`);
      return null;
    });
    log.info({ op: "credentials.listening" }, `credentials of tasks are at ${LINK_LOCAL}`);
  };
  return {
    /** Another agent may hold the address: it serves meanwhile, and this one takes over after it. */
    isServed: () => server !== null || failure === "EADDRINUSE",
    async look() {
      if (server) {
        looks += 1;
        if (looks % RULES_EVERY === 0) await ensureRules();
        return;
      }
      try {
        await hold();
        failure = null;
      } catch (error) {
        const reason = codeOf(error);
        if (reason !== failure && reason !== "EADDRINUSE") {
          log.warn({ op: "credentials.unserved", err: error }, `credentials cannot be had at ${LINK_LOCAL}`);
        }
        failure = reason;
      }
    },
    async stop() {
      if (!server) return;
      await Promise.all([closed(server), resolver?.close()]);
      // Whoever takes over needs them.
      if (!(await hasSiblings(folder, socketPath))) await removeAll();
    },
  };
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
