/** Calls the control plane before this machine has a key: `enrol` finds it by its authority and exchanges the token. */
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { certificateFingerprint } from "@roadstead/tls/fingerprints";
import { Failure } from "../failure.ts";
import type { JoinToken } from "../join-token.ts";

const TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 65_536;
const ATTEMPTS_MAX = 3;

export interface FoundControlPlane {
  /** `https://192.0.2.10:4750` */
  readonly url: string;
  readonly authorityPem: string;
}

/** The first of the token's addresses where the token's authority answers. */
export async function findControlPlane(token: JoinToken): Promise<FoundControlPlane> {
  const problems: string[] = [];
  for (const address of token.addresses) {
    try {
      return await knownAt(address, token.fingerprint);
    } catch (error) {
      problems.push(`${address}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Failure(`the control plane of this token was not found (${problems.join("; ")})`);
}

async function knownAt(address: string, fingerprint: string): Promise<FoundControlPlane> {
  const url = `https://${address}`;
  // What it sends is public, and believed only if it is what the token says.
  const { text } = await call(`${url}/agent/ca.pem`, { method: "GET", isTrustedUnseen: true });
  const authorityPem = readAuthority(text);
  if (authorityPem === null || certificateFingerprint(authorityPem) !== fingerprint) {
    throw new Error("another control plane answers there: its certificate authority is not the token's");
  }
  return { url, authorityPem };
}

function readAuthority(text: string): string | null {
  try {
    return new X509Certificate(text).toString();
  } catch {
    return null;
  }
}

export interface JoinAnswer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  readonly registryPort: number;
  /** How task definitions name the registry. */
  readonly registryName: string;
}

const TEXTS = [
  "accessKeyId",
  "secretAccessKey",
  "accountId",
  "region",
  "clusterName",
  "registryName",
] as const;

function readJoinAnswer(text: string): JoinAnswer {
  const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const isWhole =
    TEXTS.every((name) => typeof answer[name] === "string") && typeof answer.registryPort === "number";
  if (!isWhole) throw new Failure("the control plane's answer to the token is not complete");
  return answer as unknown as JoinAnswer;
}

/** Asked again when no answer came: the claim makes it the same request. */
export async function exchangeToken(
  { url, authorityPem }: FoundControlPlane,
  request: { readonly secret: string; readonly claim: string; readonly machineName: string },
): Promise<JoinAnswer> {
  const { secret, ...body } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      const { status, text } = await call(`${url}/agent/join`, {
        method: "POST",
        ca: authorityPem,
        token: secret,
        body: JSON.stringify(body),
      });
      if (status === 200) return readJoinAnswer(text);
      throw new Failure(messageOf(text) ?? `the control plane answered with status ${status}`);
    } catch (error) {
      if (error instanceof Failure || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

function messageOf(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : null;
  } catch {
    return null;
  }
}

interface Call {
  readonly method: "GET" | "POST";
  readonly ca?: string;
  readonly isTrustedUnseen?: boolean;
  readonly token?: string;
  readonly body?: string;
}

const call = (url: string, { method, ca, isTrustedUnseen, token, body }: Call) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        ...(ca === undefined ? {} : { ca }),
        rejectUnauthorized: isTrustedUnseen !== true,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > ANSWER_MAX_BYTES) outgoing.destroy(new Error("the answer is too long"));
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
        incoming.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
