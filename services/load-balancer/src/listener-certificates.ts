/** Writes what listeners show as files that HAProxy reads before it gives up its rights, and removes those that none shows; passes call it. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { haproxyFiles } from "@roadstead/balancing/installation-files";
import {
  type LoadedBalancers,
  type LoadedListener,
  loadCertificateContent,
} from "@roadstead/db/configure-balancers";
import type { Db } from "@roadstead/db/connect";
import type { SecretBox } from "@roadstead/db/secrets";
import { parseCertificateArn } from "@roadstead/model/certificate-arn";
import type { Logger } from "@roadstead/service-kit/log";

export interface CertificateDeps {
  readonly db: Db;
  readonly folder: string;
  readonly certificateKeys: SecretBox;
  readonly log: Pick<Logger, "warn">;
}

/** The file that lists what a listener shows, by the listener's id; one that has nothing to show is left out. */
export type ListenerCertificates = ReadonlyMap<string, string>;

export interface CertificateFiles {
  /** Files have names by their content: those that a running configuration names stay as they are. */
  write(loaded: LoadedBalancers): Promise<ListenerCertificates>;
  /** Keeps only what was written last; to be called once HAProxy has that. */
  tidy(): Promise<void>;
}

export function certificateFiles(deps: CertificateDeps): CertificateFiles {
  const folder = haproxyFiles(deps.folder).certificates;
  /** Certificates that HAProxy would refuse, and every listener with them. */
  const refused = new Set<string>();
  let present: Set<string> | null = null;
  let wanted = new Set<string>();
  const put = async (name: string, text: string) => {
    await writeFile(`${folder}/${name}.new`, text, { mode: 0o600, flush: true });
    await rename(`${folder}/${name}.new`, `${folder}/${name}`);
    present?.add(name);
  };
  const certificate = async (id: string, fingerprint: string): Promise<string | null> => {
    const name = `${id}-${fingerprint}.pem`;
    if (refused.has(name)) return null;
    if (present?.has(name)) return name;
    const read = await readContent(deps, id);
    if (read.text === null) {
      refused.add(name);
      deps.log.warn({ op: "balancers.certificate", certificate: id, reason: read.reason }, "not served");
      return null;
    }
    // A certificate that was replaced this moment is the next pass's.
    if (read.fingerprint === fingerprint) await put(name, read.text);
    return read.fingerprint === fingerprint ? name : null;
  };
  /** What the listener shows, as names of files. */
  const filesOf = async (listener: LoadedListener, fingerprints: ReadonlyMap<string, string>) => {
    const names: string[] = [];
    for (const id of certificateIds(listener)) {
      const name = await certificate(id, fingerprints.get(id) ?? "");
      if (name !== null) names.push(name);
    }
    if (names.length === 0) return null;
    const text = `${names.join("\n")}\n`;
    const list = `${listener.id}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.list`;
    if (!present?.has(list)) await put(list, text);
    return { list, all: [list, ...names] };
  };
  return {
    async write({ listeners, certificates }) {
      const secure = listeners.filter(({ protocol }) => protocol === "HTTPS");
      const fingerprints = new Map(certificates.map(({ id, fingerprint }) => [id, fingerprint]));
      if (secure.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
      present ??= new Set(await readdir(folder).catch(() => []));
      const lists = new Map<string, string>();
      wanted = new Set();
      for (const listener of secure) {
        const files = await filesOf(listener, fingerprints);
        if (files === null) continue;
        for (const name of files.all) wanted.add(name);
        lists.set(listener.id, `${folder}/${files.list}`);
      }
      return lists;
    },
    async tidy() {
      for (const name of present ?? []) {
        if (wanted.has(name)) continue;
        await rm(`${folder}/${name}`, { force: true });
        present?.delete(name);
      }
    },
  };
}

const certificateIds = ({ certificates }: LoadedListener): ReadonlySet<string> =>
  new Set(certificates.flatMap((arn) => parseCertificateArn(arn)?.id ?? []));

type Content =
  | { readonly text: string; readonly fingerprint: string }
  | { readonly text: null; readonly reason: string };

/** The key, the certificate and those that vouch for it. What OpenSSL refuses would keep every listener from being served. */
async function readContent({ db, certificateKeys }: CertificateDeps, id: string): Promise<Content> {
  const row = await loadCertificateContent(db, id);
  if (row === null) return { text: null, reason: "the certificate is gone" };
  const key = certificateKeys.open(row.sealedKey, id);
  if (key === null) return { text: null, reason: "no master key opens its private key" };
  try {
    createSecureContext({ key, cert: row.chainPem });
    return { text: `${key}${row.chainPem}`, fingerprint: row.fingerprint };
  } catch (error) {
    return { text: null, reason: error instanceof Error ? error.message : String(error) };
  }
}
