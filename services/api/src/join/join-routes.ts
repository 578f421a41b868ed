/**
 * What a machine asks before it is an agent: the installer, the programs, and its key for its token. Served by the TLS port
 * alone, under /agent. Nobody signs here; a token stands for who asks, and only its hash is kept.
 */
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { HttpBindings } from "@hono/node-server";
import type { Db } from "@roadstead/db/connect";
import { type Joined, joinTokenState, redeemJoinToken } from "@roadstead/db/join-tokens";
import type { SecretBox } from "@roadstead/db/secrets";
import type { Logger } from "@roadstead/service-kit/log";
import type { TlsIdentity } from "@roadstead/tls/open-tls";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { hostName } from "./hosts.ts";
import { installScript, machineName } from "./install-script.ts";
import { JOIN_FILES, type JoinFiles } from "./join-files.ts";
import { REFUSALS } from "./refusals.ts";

const BODY_MAX_BYTES = 4_096;
/** Downloads at the same time: each compresses a hundred megabytes. */
const DOWNLOADS_MAX = 8;
const GZIP_LEVEL = 1;

export interface JoinDeps {
  readonly db: Db;
  /** Seals access keys' secrets. */
  readonly secrets: SecretBox;
  readonly identity: TlsIdentity;
  readonly files: JoinFiles;
  /** Its TLS port, and how task definitions name it: the agent listens at that name for its machine's engine. */
  readonly registry: { readonly port: number; readonly name: string };
  readonly log: Logger;
}

type JoinContext = Context<{ Bindings: HttpBindings }>;

/** What the machine says of itself. The claim makes a repeated request its own. */
const joinBody = z.object({
  claim: z.string().min(16).max(128),
  machineName: z.string().min(1).max(255),
});

const limitedBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: (c) => c.json({ message: "The request body is too large." }, 413),
});

export function joinRoutes(deps: JoinDeps): Hono<{ Bindings: HttpBindings }> {
  const { db, identity, log } = deps;
  const routes = new Hono<{ Bindings: HttpBindings }>();
  routes.get("/ca.pem", (c) => c.text(identity.authorityPem));
  routes.get("/install.sh", (c) => answerScript(deps, c));
  // Its sentence is for the installer's user, so that it comes with a status that no client hides.
  routes.get("/token", async (c) => {
    const state = await joinTokenState(db, secretOf(c));
    return c.text(state === "open" ? state : REFUSALS[state].text);
  });
  routes.get("/files/:file", downloads(deps));
  routes.post("/join", limitedBody, async (c) => {
    const body = joinBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ message: "claim and machineName are missing or too long" }, 400);
    const { claim, machineName: name } = body.data;
    const redeemed = await redeemJoinToken(db, deps.secrets, { secret: secretOf(c), claim, name });
    log.info({ op: "join.redeem", outcome: redeemed.kind, machineName: name });
    if (redeemed.kind === "joined") return c.json(joinedAnswer(redeemed.joined, deps));
    const { status, text } = REFUSALS[redeemed.kind];
    return c.json({ message: text }, status);
  });
  routes.all("*", (c) => c.json({ message: "Not Found" }, 404));
  routes.onError((error, c) => {
    log.error({ op: "join.request", path: c.req.path, err: error }, "a joining machine's request failed");
    return c.json({ message: "The control plane could not answer; try again." }, 500);
  });
  return routes;
}

const joinedAnswer = (joined: Joined, { registry }: JoinDeps) => ({
  ...joined,
  registryPort: registry.port,
  registryName: registry.name,
});

const secretOf = (c: JoinContext): string =>
  /^Bearer ([\w-]{20,100})$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

async function answerScript({ files, identity }: JoinDeps, c: JoinContext): Promise<Response> {
  const header = c.req.header("host") ?? "";
  const name = hostName(header);
  if (name === null || !identity.isName(name)) {
    return c.text("This is not a name or address that the control plane is reached by.\n", 421);
  }
  const checksums = await files.checksums();
  if (!checksums) return c.text("This control plane was built without the agent's programs.\n", 503);
  const { authorityPem } = identity;
  const machine = machineName(process.arch);
  return c.text(installScript({ url: `https://${header}`, authorityPem, machine, checksums }));
}

/** For who has a token that is still open. */
function downloads({ db, files }: JoinDeps): (c: JoinContext) => Promise<Response> {
  let running = 0;
  return async (c) => {
    const name = JOIN_FILES.find((file) => c.req.param("file") === `${file}.gz`);
    if (name === undefined) return c.json({ message: "Not Found" }, 404);
    const state = await joinTokenState(db, secretOf(c));
    if (state !== "open") return c.text(REFUSALS[state].text, REFUSALS[state].status);
    if (running >= DOWNLOADS_MAX) return c.text("Too many machines join at the same time; try again.", 503);
    running += 1;
    const compressed = createGzip({ level: GZIP_LEVEL });
    pipeline(createReadStream(files.pathOf(name)), compressed, () => {
      running -= 1;
    });
    return new Response(Readable.toWeb(compressed) as ReadableStream<Uint8Array<ArrayBuffer>>, {
      headers: { "content-type": "application/gzip" },
    });
  };
}
