/** What every operation is given besides its input: who asks, where, and the parts it may use. */
import type { AuthorityMaterial } from "@roadstead/db/certificate-authority";
import type { Db } from "@roadstead/db/connect";
import type { Principal } from "@roadstead/db/principal";
import type { Scope } from "@roadstead/db/scopes";
import type { SecretBox } from "@roadstead/db/secrets";
import type { RegistryAddress } from "@roadstead/model/repository-uri";
import type { TaskChange } from "@roadstead/model/task-transition";

export interface Caller {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly principal: Principal;
  /** What came with the key of a role's session. */
  readonly sessionToken: string | null;
}

/** Settings that operations answer with or are bounded by. */
export interface ApiSettings {
  /** Those that are served here, the default one first. */
  readonly regions: readonly string[];
  /** Where agents open their sockets, e.g. `http://127.0.0.1:4702`. */
  readonly gatewayUrl: string;
  /** How long RunTask waits for placement before it answers that nothing was launched. */
  readonly launchDeadlineMs: number;
  /** How images are named and where they are pushed to. */
  readonly registry: RegistryAddress;
  /** How long the minute lasts that metrics are kept by. */
  readonly metricPeriodMs: number;
  /** What the names of load balancers end in. */
  readonly domain: string;
}

export interface ApiContext {
  readonly caller: Caller;
  /** Account and region of the request, from its verified signature. */
  readonly scope: Scope;
  readonly db: Db;
  /** Seals access keys' secrets. */
  readonly secrets: SecretBox;
  /** Seals page tokens. */
  readonly pageTokens: SecretBox;
  /** Seals the passwords that the registry opens. */
  readonly registryTokens: SecretBox;
  /** Seals what secrets and parameters hold. */
  readonly secretValues: SecretBox;
  /** Seals the keys of certificates, which load balancers open. */
  readonly certificateKeys: SecretBox;
  /** The installation's authority, made at its first use. */
  authority(): Promise<AuthorityMaterial>;
  readonly settings: ApiSettings;
  readonly requestId: string;
  /** Resolves when the channel is nudged or the time is up, whichever is first. */
  waitForNudge(channel: string, timeoutMs: number): Promise<void>;
  /** Applies agents' reports, many callers in one transaction. */
  readonly reports: ReportSink;
  /** Forgets a cached access key, so that what IAM changed holds at once. */
  forgetAccessKey(accessKeyId: string): void;
  /** The same for every key, where it cannot be said whose permissions changed. */
  forgetAllKeys(): void;
}

export interface ReportSink {
  /** Resolves once the changes are committed. */
  submit(changes: readonly TaskChange[]): Promise<void>;
}
