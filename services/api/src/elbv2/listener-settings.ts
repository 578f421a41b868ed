/** Reads a listener's protocol, port and what it shows on top of what it has; CreateListener and ModifyListener call it. */
import type { Certificate, CreateListenerInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { WriteTx } from "@roadstead/db/connect";
import type { ListenerRow } from "@roadstead/db/listeners";
import { DEFAULT_SSL_POLICY, findSslPolicy } from "@roadstead/model/ssl-policy";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";
import { usableCertificates } from "./listener-certificates.ts";

type Given = Pick<
  CreateListenerInput,
  "Protocol" | "Port" | "Certificates" | "SslPolicy" | "AlpnPolicy" | "MutualAuthentication"
>;

export type ListenerSettings = Pick<ListenerRow, "protocol" | "port" | "certificates" | "sslPolicy">;

/** The certificate that is given is held until the transaction ends. */
export async function readListenerSettings(
  tx: WriteTx,
  ctx: ApiContext,
  given: Given,
  present: ListenerSettings | null,
): Promise<ListenerSettings> {
  const protocol = given.Protocol ?? present?.protocol;
  const port = given.Port ?? present?.port;
  if (protocol === undefined) throw elbErrors.validation("A listener protocol must be specified");
  if (port === undefined) throw elbErrors.validation("A listener port must be specified");
  if (protocol !== "HTTP" && protocol !== "HTTPS") {
    throw elbErrors.validation(`Listener protocol '${protocol}' must be one of 'HTTPS, HTTP'`);
  }
  if (given.AlpnPolicy?.length) {
    throw elbErrors.invalidConfiguration("An ALPN policy can be specified only for TLS listeners");
  }
  refuseMutual(given, protocol);
  if (protocol === "HTTP") {
    refuseTls(given);
    return { protocol, port, certificates: [], sslPolicy: null };
  }
  const before = present?.protocol === "HTTPS" ? present : null;
  const certificates = await readCertificates(tx, ctx, given.Certificates, before?.certificates ?? []);
  const sslPolicy = given.SslPolicy ?? before?.sslPolicy ?? DEFAULT_SSL_POLICY;
  if (!findSslPolicy(sslPolicy)) throw elbErrors.sslPolicyNotFound(sslPolicy);
  return { protocol, port, certificates, sslPolicy };
}

function refuseMutual({ MutualAuthentication }: Given, protocol: "HTTP" | "HTTPS"): void {
  const { Mode: mode = "off" } = MutualAuthentication ?? {};
  if (mode === "off") return;
  throw protocol === "HTTP"
    ? elbErrors.invalidConfiguration("Mutual authentication can be specified only for HTTPS listeners")
    : elbErrors.unsupported("Mutual authentication is not supported");
}

function refuseTls(given: Given): void {
  if (given.Certificates?.length) {
    throw elbErrors.invalidConfiguration("A certificate cannot be specified for HTTP listeners");
  }
  if (given.SslPolicy !== undefined) {
    throw elbErrors.invalidConfiguration("An SSL policy cannot be specified for HTTP listeners");
  }
}

/** The default one can be replaced here; those for other names stay. */
async function readCertificates(
  tx: WriteTx,
  ctx: ApiContext,
  given: readonly Certificate[] | undefined,
  [present, ...others]: readonly string[],
): Promise<readonly string[]> {
  if (!given?.length) {
    if (present !== undefined) return [present, ...others];
    throw elbErrors.validation("A certificate must be specified for HTTPS listeners");
  }
  if (given.length > 1) throw elbErrors.validation("Up to '1' certificate can be specified");
  return [...(await usableCertificates(tx, ctx, given)), ...others];
}
