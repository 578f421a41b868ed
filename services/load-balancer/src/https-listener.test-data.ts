/** Certificates and HTTPS listeners as their APIs would write them, and a client that trusts the installation's authority. */
import { X509Certificate } from "node:crypto";
import { type ClientHttp2Session, connect } from "node:http2";
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { insertCertificate, replaceCertificate } from "@roadstead/db/certificates";
import type { Db } from "@roadstead/db/connect";
import { box } from "@roadstead/db/world.test-data";
import { freePort } from "@roadstead/testing/free-port";
import { makeAuthority } from "@roadstead/tls/certificates";
import { issueCertificate } from "@roadstead/tls/issue-certificate";
import { BALANCER, type BalancerWorld, forwardTo, GROUP } from "./balancer-world.test-data.ts";

export type Authority = Awaited<ReturnType<typeof makeAuthority>>;
export const anAuthority = () => makeAuthority(new Date());

const arnOf = (id: string) => `arn:aws:acm:eu-west-1:000000000000:certificate/${id}`;

async function contentFor(authority: Authority, id: string, name: string) {
  const issued = await issueCertificate(authority, {
    names: [name],
    keyAlgorithm: "EC_prime256v1",
    now: new Date(),
  });
  const { validFrom, validTo } = new X509Certificate(issued.certificatePem);
  return {
    domainName: name,
    names: [name],
    keyAlgorithm: "EC_prime256v1",
    certificatePem: issued.certificatePem,
    chainPem: issued.chainPem,
    sealedKey: box.seal(issued.keyPem, id),
    notBefore: new Date(validFrom),
    notAfter: new Date(validTo),
  };
}

/** Answers its ARN. */
export async function aCertificate(
  db: Db,
  world: Pick<BalancerWorld, "scopeId">,
  wanted: { readonly authority: Authority; readonly id: string; readonly name: string },
): Promise<string> {
  const content = await contentFor(wanted.authority, wanted.id, wanted.name);
  const place = { id: wanted.id, scopeId: world.scopeId, type: "IMPORTED", clientToken: null } as const;
  await db.write((tx) => insertCertificate(tx, { ...content, ...place, tags: [] }));
  return arnOf(wanted.id);
}

export async function importAgain(
  db: Db,
  wanted: { readonly authority: Authority; readonly id: string; readonly name: string },
): Promise<void> {
  const content = await contentFor(wanted.authority, wanted.id, wanted.name);
  await db.write((tx) => replaceCertificate(tx, wanted.id, content));
}

/** Beside the listener that there is; answers its port. */
export async function anHttpsListener(
  db: Db,
  { loopback }: Pick<BalancerWorld, "loopback">,
  wanted: { readonly certificates: readonly string[]; readonly policy?: string },
): Promise<number> {
  const port = await freePort(loopback);
  await db.query(
    `INSERT INTO listeners (id, load_balancer_id, protocol, port, default_actions, default_rule_id, certificates,
       ssl_policy, attributes, tags)
     VALUES ('listener2', $1, 'HTTPS', $2, $3, 'default2', $4, $5, '{}', '[]')`,
    [
      BALANCER,
      port,
      JSON.stringify([forwardTo(GROUP)]),
      JSON.stringify(wanted.certificates),
      wanted.policy ?? "ELBSecurityPolicy-TLS13-1-2-2021-06",
    ],
  );
  return port;
}

export interface SecurePlace {
  readonly loopback: string;
  readonly port: number;
  readonly authority: Authority;
}

/** As `curl --resolve` would: the name is asked for and checked, the address is given. */
export function getSecurely(
  { loopback, port, authority }: SecurePlace,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>> }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: loopback,
        port,
        servername: name,
        ca: authority.certificatePem,
        headers: { ...headers, host: name },
        agent: false,
        timeout: 20_000,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const received = text.startsWith("{") ? JSON.parse(text).headers : {};
          resolve({ status: response.statusCode ?? 0, headers: received });
        });
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}

/** Requests on connections that are kept, until it is stopped; one that fails has status 0. */
export function sendSecurely({ loopback, port, authority }: SecurePlace, name: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const options = { host: loopback, port, servername: name, ca: authority.certificatePem, agent };
  const statuses: number[] = [];
  let isStopped = false;
  const ask = () =>
    new Promise<number>((resolve) => {
      const asked = request({ ...options, headers: { host: name }, timeout: 20_000 }, (response) => {
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", () => resolve(0));
        response.resume();
      });
      asked.on("timeout", () => asked.destroy(new Error("no answer")));
      asked.on("error", () => resolve(0));
      asked.end();
    });
  const clients = Array.from({ length: 4 }, async () => {
    while (!isStopped) {
      statuses.push(await ask());
      await pause(5);
    }
  });
  return {
    statuses,
    async stop() {
      isStopped = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

/** What a handshake came to: the certificate's name, the version and the protocol; or why there was none. */
export function shakeHands(
  { loopback, port, authority }: SecurePlace,
  options: ConnectionOptions,
): Promise<{ readonly name: string; readonly version: string | null; readonly alpn: string | false | null }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { host: loopback, port, ca: authority.certificatePem, ...options },
      () => {
        const { subject } = socket.getPeerCertificate();
        resolve({ name: `${subject?.CN}`, version: socket.getProtocol(), alpn: socket.alpnProtocol });
        socket.destroy();
      },
    );
    socket.setTimeout(20_000, () => socket.destroy(new Error("no handshake")));
    socket.on("error", reject);
  });
}

/** One HTTP/2 connection; each request answers its status. */
export function openHttp2({ loopback, port, authority }: SecurePlace, name: string) {
  const session: ClientHttp2Session = connect(`https://${loopback}:${port}`, {
    ca: authority.certificatePem,
    servername: name,
  });
  session.on("error", () => undefined);
  return {
    get: (path: string) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ":path": path, ":authority": name });
        stream.setTimeout(20_000, () => stream.destroy(new Error("no answer")));
        let status = 0;
        stream.on("response", (headers) => {
          status = headers[":status"] ?? 0;
        });
        stream.on("error", reject);
        stream.on("end", () => resolve(status));
        stream.resume();
      }),
    close: () => session.destroy(),
  };
}
