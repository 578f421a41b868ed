/** Decides whom the agent believes to be its control plane; `start` calls it before anything connects. */
import { readFile } from "node:fs/promises";
import { setDefaultCACertificates } from "node:tls";

/**
 * From here on every TLS connection of this process (requests, websockets, image pulls) is to a server of this authority
 * or fails: public authorities are no longer among the trusted ones. Without a file the system's authorities hold.
 */
export async function trustOnly(authorityFile: string | undefined): Promise<void> {
  if (authorityFile === undefined) return;
  setDefaultCACertificates([await readFile(authorityFile, "utf8")]);
}
