/** The whole api over a real database, without a socket: signed requests of the SDK's own clients go straight to the app. */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { ACMClient } from "@aws-sdk/client-acm";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { createRouter } from "@roadstead/aws-protocol/router";
import type { WireRequest } from "@roadstead/aws-protocol/wire";
import { createAccessKeyCache } from "@roadstead/db/access-key-cache";
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { createAgentKey } from "@roadstead/db/agents";
import { CERTIFICATES_PURPOSE } from "@roadstead/db/certificates";
import { type Db, openDb } from "@roadstead/db/connect";
import type { CommittedBell } from "@roadstead/db/flush-bells";
import { migrate } from "@roadstead/db/migrate";
import { REGISTRY_TOKENS_PURPOSE } from "@roadstead/db/registry-tokens";
import { findScope } from "@roadstead/db/scopes";
import { createSecretBox, type SecretBox } from "@roadstead/db/secrets";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { usePostgres } from "@roadstead/testing/postgres";
import { loadAuthority } from "@roadstead/tls/open-tls";
import { afterEach, beforeEach } from "vitest";
import { type App, createApp } from "./app.ts";
import { createAuthenticator } from "./authenticate.ts";
import { createTestPlacer, type TestPlacer } from "./placer.test-data.ts";
import { groupReports } from "./reports.ts";
import { services } from "./services.ts";

export const REGION = "us-east-1";
export const ACCOUNT = FIRST_ACCOUNT_ID;
const REGIONS = [REGION, "eu-test-1"];
const REGISTRY = { host: "registry.test:4701", home: { accountId: ACCOUNT, region: REGION } };

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ApiOptions {
  readonly mode?: "sigv4" | "insecure";
  readonly launchDeadlineMs?: number;
  /** Whether anybody places what is launched; off, a launch runs into its deadline. */
  readonly placing?: boolean;
}

interface Running {
  readonly db: Db;
  readonly app: App;
  readonly administrator: Keys;
  agentKeys(clusterName: string): Promise<Keys>;
  secretBox(purpose: string): SecretBox;
  close(): Promise<void>;
}

/** Runs the api on the running test's database; call it at the top of a file. */
export function useApi(options: ApiOptions = {}) {
  const postgres = usePostgres({ migrate });
  let running: Running | undefined;
  beforeEach(async () => {
    running = await startApi(postgres.url(), options);
  });
  afterEach(() => running?.close());
  const api = () => {
    if (!running) throw new Error("the api is for running tests and their hooks");
    return running;
  };
  return {
    get db() {
      return api().db;
    },
    get app() {
      return api().app;
    },
    /** Clients that sign as the administrator unless told otherwise. */
    clients: (keys: Keys = api().administrator, region = REGION) => clientsOf(api().app, keys, region),
    administrator: () => api().administrator,
    /** What other processes open secrets with. */
    secretBox: (purpose: string) => api().secretBox(purpose),
    agent: async (clusterName = "default") =>
      clientsOf(api().app, await api().agentKeys(clusterName), REGION),
  };
}

async function startApi(url: string, options: ApiOptions): Promise<Running> {
  const { mode = "sigv4", launchDeadlineMs = 10_000, placing = true } = options;
  let placer: TestPlacer | undefined;
  const onCommittedBells = (bells: readonly CommittedBell[]) => placing && placer?.ring(bells);
  const db = openDb({ url, max: 8, onCommittedBells });
  placer = createTestPlacer(db);
  const nudges = placer;
  const masterKeys = [{ id: "k", key: randomBytes(32) }];
  const secrets = createSecretBox(masterKeys, "access-keys");
  const account = { accountId: ACCOUNT, name: "first", regions: REGIONS };
  const administrator = await bootstrapAccount(db, secrets, account);
  const keys = createAccessKeyCache(db, secrets);
  const reports = groupReports(db);
  const app = createApp({
    dispatch: createRouter(services),
    authenticator: createAuthenticator({ db, keys, regions: REGIONS, mode }),
    base: {
      db,
      secrets,
      pageTokens: createSecretBox(masterKeys, "page-tokens"),
      secretValues: createSecretBox(masterKeys, "secret-values"),
      registryTokens: createSecretBox(masterKeys, REGISTRY_TOKENS_PURPOSE),
      certificateKeys: createSecretBox(masterKeys, CERTIFICATES_PURPOSE),
      authority: () => loadAuthority({ db, masterKeys }),
      settings: {
        regions: REGIONS,
        gatewayUrl: "http://gateway.test",
        launchDeadlineMs,
        registry: REGISTRY,
        domain: "roadstead.test",
        metricPeriodMs: 60_000,
      },
      waitForNudge: nudges.wait,
      reports,
      forgetAccessKey: keys.forget,
      forgetAllKeys: keys.forgetAll,
    },
    log: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics("test"),
    now: () => new Date(),
  });
  return {
    db,
    app,
    administrator,
    async agentKeys(clusterName) {
      const scope = await findScope(db, { accountId: ACCOUNT, region: REGION });
      if (!scope) throw new Error("no scope");
      return createAgentKey(db, secrets, { scope, clusterName });
    },
    secretBox: (purpose) => createSecretBox(masterKeys, purpose),
    async close() {
      await reports.close();
      await nudges.idle();
      await db.close();
    },
  };
}

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const wireOf = ({ method, path, query = {}, headers, body = "" }: SdkRequest): WireRequest => ({
  method,
  path,
  query: new URLSearchParams(query).toString(),
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  body: typeof body === "string" ? Buffer.from(body) : new Uint8Array(body),
});

function clientsOf(app: App, credentials: Keys, region: string) {
  const requestHandler = {
    handle: async (request: SdkRequest) => {
      const { status, headers, body } = await app(wireOf(request));
      return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) } };
    },
  };
  const config = {
    region,
    endpoint: "http://127.0.0.1:4700",
    credentials,
    maxAttempts: 1,
    requestHandler,
  } as never;
  return {
    acm: new ACMClient(config),
    autoscaling: new ApplicationAutoScalingClient(config),
    cloudwatch: new CloudWatchClient(config),
    ec2: new EC2Client(config),
    ecr: new ECRClient(config),
    ecs: new ECSClient(config),
    elb: new ElasticLoadBalancingV2Client(config),
    events: new EventBridgeClient(config),
    iam: new IAMClient(config),
    logs: new CloudWatchLogsClient(config),
    secrets: new SecretsManagerClient(config),
    ssm: new SSMClient(config),
    sts: new STSClient(config),
  };
}

export type Clients = ReturnType<typeof clientsOf>;

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** How a request was refused, whichever protocol it spoke. */
export async function refusal(answer: Promise<unknown>): Promise<Refusal> {
  const error = (await answer.then(
    (value) => {
      throw new Error(`was not refused but answered ${JSON.stringify(value)}`);
    },
    (thrown: unknown) => thrown,
  )) as Error & { Code?: string; Error?: { Code?: string }; $metadata?: { httpStatusCode?: number } };
  return {
    code: error.Error?.Code ?? error.Code ?? error.name,
    message: error.message,
    status: error.$metadata?.httpStatusCode,
  };
}
