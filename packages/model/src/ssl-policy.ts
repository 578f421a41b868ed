/** AWS's security policies for listeners with HTTPS: what each lets clients speak. The API lists them, HAProxy obeys them. */

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export interface SslPolicy {
  readonly name: string;
  /** Newest first, as AWS lists them; without gaps. */
  readonly protocols: readonly TlsVersion[];
  /** By preference. */
  readonly ciphers: readonly string[];
}

/** What a listener has that was made without one. */
export const DEFAULT_SSL_POLICY = "ELBSecurityPolicy-2016-08";

const TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/** Every older cipher of AWS's, in AWS's order. */
const OLDER = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-RSA-AES128-SHA256",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES128-SHA256",
  "AES128-SHA",
  "AES256-GCM-SHA384",
  "AES256-SHA256",
  "AES256-SHA",
];

const isForwardSecret = (cipher: string) => cipher.startsWith("ECDHE-");
const hasOldHash = (cipher: string) => cipher.endsWith("-SHA");
const isGcm = (cipher: string) => cipher.includes("-GCM-");

const forwardSecret = OLDER.filter(isForwardSecret);
const restricted = forwardSecret.filter(isGcm);
const strong = forwardSecret.filter((cipher) => !hasOldHash(cipher));
const strongOrWithoutSecrecy = OLDER.filter((cipher) => !hasOldHash(cipher));

const UP_TO_13: readonly TlsVersion[] = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];
const UP_TO_12 = UP_TO_13.slice(1);

const newer = (name: string, versions: number, ciphers: readonly string[]): SslPolicy => ({
  name: `ELBSecurityPolicy-${name}`,
  protocols: UP_TO_13.slice(0, versions),
  ciphers: [...TLS13, ...ciphers],
});
const older = (name: string, versions: number, ciphers: readonly string[]): SslPolicy => ({
  name: `ELBSecurityPolicy-${name}`,
  protocols: UP_TO_12.slice(0, versions),
  ciphers,
});

/** Those that are honoured to the letter: none that promises FIPS, post-quantum keys or 3DES. */
export const SSL_POLICIES: readonly SslPolicy[] = [
  newer("TLS13-1-3-2021-06", 1, []),
  newer("TLS13-1-2-2021-06", 2, strong),
  newer("TLS13-1-2-Res-2021-06", 2, restricted),
  newer("TLS13-1-2-Ext1-2021-06", 2, strongOrWithoutSecrecy),
  newer("TLS13-1-2-Ext2-2021-06", 2, OLDER),
  newer("TLS13-1-1-2021-06", 3, OLDER),
  newer("TLS13-1-0-2021-06", 4, OLDER),
  older("2016-08", 3, OLDER),
  older("2015-05", 3, OLDER),
  older("TLS-1-1-2017-01", 2, OLDER),
  older("TLS-1-2-2017-01", 1, strongOrWithoutSecrecy),
  older("TLS-1-2-Ext-2018-06", 1, OLDER),
  older("FS-2018-06", 3, forwardSecret),
  older("FS-1-1-2019-08", 2, forwardSecret),
  older("FS-1-2-2019-08", 1, forwardSecret),
  older("FS-1-2-Res-2019-08", 1, strong),
  older("FS-1-2-Res-2020-10", 1, restricted),
];

export const findSslPolicy = (name: string): SslPolicy | undefined =>
  SSL_POLICIES.find((policy) => policy.name === name);
