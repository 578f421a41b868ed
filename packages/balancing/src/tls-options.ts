/** Renders what a listener with HTTPS shows and speaks, as AWS's security policies have it; the configuration's renderer calls this. */
import type { SslPolicy, TlsVersion } from "@roadstead/model/ssl-policy";
import { verbatim, word } from "./quote.ts";
import type { ListenerTls } from "./snapshot.ts";

const versionName = (version: TlsVersion | undefined): string =>
  version === "TLSv1" ? "TLSv1.0" : `${version}`;

/** To be put behind an address; nothing for plain HTTP. */
export function bindOptions(tls: ListenerTls | null): string {
  if (tls === null) return "";
  const { certificateList, policy, http2 } = tls;
  return ` ssl crt-list ${word(certificateList)} alpn ${http2 ? "h2,http/1.1" : "http/1.1"} ${policyOptions(policy)}`;
}

function policyOptions({ protocols, ciphers }: SslPolicy): string {
  const [max, min] = [protocols[0], protocols.at(-1)].map(versionName);
  const suites = ciphers.filter((cipher) => cipher.startsWith("TLS_"));
  const older = ciphers.filter((cipher) => !cipher.startsWith("TLS_"));
  // Versions before 1.2 sign with SHA-1, which OpenSSL has in no security level but the lowest.
  const level = min === "TLSv1.0" || min === "TLSv1.1" ? ["@SECLEVEL=0"] : [];
  return [
    `ssl-min-ver ${min} ssl-max-ver ${max}`,
    ...(older.length > 0 ? [`ciphers ${verbatim([...older, ...level].join(":"))}`] : []),
    ...(suites.length > 0 ? [`ciphersuites ${verbatim(suites.join(":"))}`] : []),
  ].join(" ");
}
