/** A control plane in miniature, HTTP and websocket on one port; the agent's tests drive the agent through it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

interface Message {
  readonly type: string;
  readonly message: Record<string, unknown>;
}

interface Submission {
  readonly task: string;
  readonly status: string;
  readonly reason?: string;
  readonly containers: readonly Record<string, unknown>[];
  readonly [key: string]: unknown;
}

export interface ControlPlaneStub {
  readonly url: string;
  readonly submissions: readonly Submission[];
  readonly registrations: readonly Record<string, unknown>[];
  readonly logLines: readonly string[];
  /** What the agent sent on ACS. */
  readonly said: readonly Message[];
  readonly telemetry: readonly Message[];
  readonly upgrades: readonly URL[];
  send(type: string, message: object): void;
  sendTask(task: object): string;
  /** Sent as soon as an agent connects, in the same breath as the handshake. */
  greet(type: string, message: object): void;
  /** Each call decides on the next submission: an error's code refuses it. */
  refuseSubmissions(decide: (() => string | null) | null): void;
  closeSockets(code: number): void;
  readonly isConnected: () => boolean;
  close(): Promise<void>;
}

export const INSTANCE_ARN =
  "arn:aws:ecs:us-east-1:000000000000:container-instance/default/11111111111111111111111111111111";
/** What it hands out for the registry. */
export const REGISTRY_PASSWORD = "of-the-instance";
export const CLUSTER_ARN = "arn:aws:ecs:us-east-1:000000000000:cluster/default";

export async function startControlPlaneStub(): Promise<ControlPlaneStub> {
  const submissions: Submission[] = [];
  const registrations: Record<string, unknown>[] = [];
  const logLines: string[] = [];
  const said: Message[] = [];
  const telemetry: Message[] = [];
  const upgrades: URL[] = [];
  const sockets = new Set<WebSocket>();
  let acs: WebSocket | undefined;
  let refuse: (() => string | null) | null = null;
  let sequence = 0;
  let greeting: string | null = null;

  const answer = (operation: string, input: Record<string, unknown>): object | string => {
    switch (operation) {
      case "RegisterContainerInstance":
        registrations.push(input);
        return { containerInstance: { containerInstanceArn: INSTANCE_ARN, attributes: input.attributes } };
      case "DiscoverPollEndpoint":
        return { endpoint: `${url()}/acs`, telemetryEndpoint: `${url()}/tcs` };
      case "GetAuthorizationToken":
        return registryLogin();
      case "CreateLogStream":
      case "PutLogEvents":
        return takeLines(input, logLines);
      default: {
        const code = refuse?.() ?? null;
        if (code) return code;
        submissions.push(input as unknown as Submission);
        return { acknowledgment: "ACK" };
      }
    }
  };
  const server = createServer((request, response) => void respond(request, response, answer));
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const take = (opened: WebSocket, isAcs: boolean) => {
    sockets.add(opened);
    if (isAcs) acs = opened;
    if (isAcs && greeting) opened.send(greeting);
    opened.on("message", (data) => (isAcs ? said : telemetry).push(readFrame(String(data))));
    opened.on("close", () => {
      sockets.delete(opened);
      if (acs === opened) acs = undefined;
    });
  };
  const wss = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const target = new URL(request.url ?? "/", url());
    upgrades.push(target);
    wss.handleUpgrade(request, socket, head, (opened) => take(opened, target.pathname === "/acs/ws"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const send = (type: string, message: object) => acs?.send(JSON.stringify({ type, message }));
  return {
    url: url(),
    submissions,
    registrations,
    logLines,
    said,
    telemetry,
    upgrades,
    send,
    sendTask(task) {
      sequence += 1;
      const messageId = `message-${sequence}`;
      const place = { clusterArn: CLUSTER_ARN, containerInstanceArn: INSTANCE_ARN };
      send("PayloadMessage", { messageId, ...place, seqNum: sequence, tasks: [task] });
      return messageId;
    },
    greet: (type, message) => {
      greeting = JSON.stringify({ type, message });
    },
    refuseSubmissions: (decide) => {
      refuse = decide;
    },
    closeSockets: (code) => {
      for (const socket of sockets) socket.close(code);
    },
    isConnected: () => acs !== undefined,
    close: () => endServer(server, sockets),
  };
}

async function endServer(server: Server, sockets: ReadonlySet<WebSocket>): Promise<void> {
  for (const socket of sockets) socket.terminate();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

/** Of what makes a stream there are none. */
function takeLines(input: Record<string, unknown>, logLines: string[]): object {
  const { logEvents = [] } = input as { readonly logEvents?: readonly { readonly message: string }[] };
  logLines.push(...logEvents.map(({ message }) => message));
  return {};
}

const registryLogin = () => ({
  authorizationData: [
    { authorizationToken: Buffer.from(`AWS:${REGISTRY_PASSWORD}`).toString("base64"), expiresAt: 4e9 },
  ],
});

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (operation: string, input: Record<string, unknown>) => object | string,
): Promise<void> {
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  const result = answer(operation, JSON.parse(await bodyOf(request)) as Record<string, unknown>);
  response.statusCode = typeof result === "string" ? 400 : 200;
  response.end(JSON.stringify(typeof result === "string" ? { __type: result, message: "refused" } : result));
}

/** Telemetry frames have a block of headers before the document. */
const readFrame = (text: string): Message =>
  JSON.parse(text.startsWith("{") ? text : text.slice(text.indexOf("\r\n\r\n") + 4)) as Message;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body === "" ? "{}" : body;
}
