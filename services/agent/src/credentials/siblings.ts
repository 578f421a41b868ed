/**
 * Several agents may share a machine, and one address: whoever holds it asks the others for what it does not know, each at
 * a socket file in a folder that only root may look into. The endpoint uses it.
 */
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { request, type Server } from "node:http";
import { createConnection, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import type { Answer } from "./answer-request.ts";

/** Names the container's address to an agent that is asked on its behalf. */
export const PEER_HEADER = "x-roadstead-peer";
/** The engine may take a second to say what containers use. */
const TIMEOUT_MS = 4_000;
const ANSWER_MAX_BYTES = 64 * 1_024;
const SUFFIX = ".sock";

export async function listenForSiblings(server: Server, folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}${SUFFIX}`);
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  return path;
}

/** The first answer of another agent that knows of the request, or null once all have said no or are silent. */
export async function askSiblings(
  folder: string,
  own: string,
  asked: { readonly path: string; readonly peer: string },
  isKnown: (answer: Answer) => boolean,
): Promise<Answer | null> {
  const others = await siblingsOf(folder, own);
  const known = others.map(async (socketPath) => {
    const answer = await ask(socketPath, asked);
    if (!isKnown(answer)) throw new Error("it does not know");
    return answer;
  });
  // Not all are waited for: one that is stopped in its tracks must not keep a task from its credentials.
  return Promise.any(known).catch(() => null);
}

/** Whether another agent lives, were it too busy to answer. Socket files of dead ones are removed. */
export async function hasSiblings(folder: string, own: string): Promise<boolean> {
  const alive = await Promise.all((await siblingsOf(folder, own)).map(isListening));
  return alive.includes(true);
}

async function isListening(socketPath: string): Promise<boolean> {
  const failure = await connectFailure({ path: socketPath });
  // Nobody listens there any more. All else, as a queue that is full, is of one that lives.
  if (failure === "ECONNREFUSED") await rm(socketPath, { force: true });
  return failure !== "ECONNREFUSED" && failure !== "ENOENT";
}

/** Whether any process listens at an address of this machine. */
export const isServing = async (host: string, port: number): Promise<boolean> =>
  (await connectFailure({ host, port })) === null;

/** Why nobody could be connected to, or null. */
async function connectFailure(to: NetConnectOpts): Promise<string | null> {
  const socket = createConnection(to);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return null;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

async function siblingsOf(folder: string, own: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => join(folder, name))
    .filter((path) => path !== own);
}

async function ask(
  socketPath: string,
  { path, peer }: { readonly path: string; readonly peer: string },
): Promise<Answer> {
  const sent = request({
    socketPath,
    path,
    headers: { [PEER_HEADER]: peer },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sent.end();
  const [response] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > ANSWER_MAX_BYTES) throw new Error("the answer is too long");
  }
  return { status: response.statusCode ?? 500, body: JSON.parse(text) as object };
}
