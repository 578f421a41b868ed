/** Fetches what containers' `secrets` name, as their tasks' execution roles; the create step asks, and nothing is kept. */
import { setTimeout as delay } from "node:timers/promises";
import { type BackOffOptions, createBackOff } from "../control/back-off.ts";
import { createEcsClient, type EcsClientOptions, EcsError, SECRETS, SSM } from "../control/ecs-client.ts";
import { readSecretReference, type SecretSpec } from "../decide/secret-reference.ts";

type Credentials = EcsClientOptions["credentials"];

export interface SecretStoreDeps {
  readonly url: string;
  readonly executionRoleOf: (taskArn: string) => Credentials | null;
  readonly retry?: BackOffOptions;
}

export interface SecretStore {
  /** By the names of their variables. Throws `SecretError`. */
  resolve(taskArn: string, secrets: readonly SecretSpec[]): Promise<Readonly<Record<string, string>>>;
}

/** Why a task's containers cannot have what they name, in the public agent's words. */
export class SecretError extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${detail}`,
      options,
    );
    this.name = "SecretError";
  }
}

const TRIES = 5;
const RETRY = { minMs: 250, maxMs: 5_000, factor: 2 };
const SERVER_ERRORS_FROM = 500;

export function createSecretStore(deps: SecretStoreDeps): SecretStore {
  const call = callerOf(deps);
  return {
    async resolve(taskArn, secrets) {
      const values = await Promise.all(
        secrets.map(async (secret) => {
          const fetchOne = secret.provider === "asm" ? fromSecretsManager : fromParameterStore;
          return [secret.name, await fetchOne((api, input) => call(taskArn, { secret, api, input }), secret)];
        }),
      );
      return Object.fromEntries(values) as Record<string, string>;
    },
  };
}

type Fetch = (api: typeof SECRETS | typeof SSM, input: object) => Promise<unknown>;

async function fromParameterStore(fetchOne: Fetch, { valueFrom, region }: SecretSpec): Promise<string> {
  const where = `fetching secret data from SSM Parameter Store in ${region}`;
  const answer = (await fetchOne(SSM, { Names: [valueFrom], WithDecryption: true }).catch(
    (error: unknown) => {
      throw new SecretError(`${where}: ${textOf(error)}`, { cause: error });
    },
  )) as { readonly Parameters?: readonly { readonly Value?: string }[] };
  const value = answer.Parameters?.[0]?.Value;
  if (value === undefined) throw new SecretError(`${where}: invalid parameters: ${valueFrom}`);
  return value;
}

async function fromSecretsManager(fetchOne: Fetch, { valueFrom, region }: SecretSpec): Promise<string> {
  const { arn, jsonKey, versionStage, versionId } = readSecretReference(valueFrom);
  const input = {
    SecretId: arn,
    ...(versionStage ? { VersionStage: versionStage } : {}),
    ...(versionId ? { VersionId: versionId } : {}),
  };
  const answer = (await fetchOne(SECRETS, input).catch((error: unknown) => {
    throw new SecretError(
      `fetching secret data from AWS Secrets Manager in region ${region}: secret ${arn}: ${textOf(error)}`,
      { cause: error },
    );
  })) as { readonly SecretString?: string };
  if (answer.SecretString === undefined) {
    throw new SecretError(
      `trying to retrieve secret with value ${valueFrom} resulted in error: it holds no text`,
    );
  }
  return jsonKey === null ? answer.SecretString : memberOf(answer.SecretString, { jsonKey, valueFrom });
}

function memberOf(
  text: string,
  { jsonKey, valueFrom }: { readonly jsonKey: string; readonly valueFrom: string },
): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // What it holds is nobody's business, so the parser's own words, which quote it, are not passed on.
    throw new SecretError(
      `trying to retrieve secret with value ${valueFrom} resulted in error: it holds no JSON`,
    );
  }
  const isObject = typeof document === "object" && document !== null;
  if (!isObject || !Object.hasOwn(document as object, jsonKey)) {
    throw new SecretError(`retrieved secret from Secrets Manager did not contain json key ${jsonKey}`);
  }
  const member = (document as Record<string, unknown>)[jsonKey];
  return typeof member === "string" ? member : JSON.stringify(member);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Call {
  readonly secret: SecretSpec;
  readonly api: typeof SSM;
  readonly input: object;
}

/** What may go well in a moment is tried again, a bounded number of times. */
function callerOf(deps: SecretStoreDeps) {
  return async (taskArn: string, wanted: Call): Promise<unknown> => {
    const backOff = createBackOff(deps.retry ?? RETRY);
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        return await callOnce(deps, taskArn, wanted);
      } catch (error) {
        if (left <= 0 || isLasting(error)) throw error;
      }
      await delay(backOff.next());
    }
  };
}

const isLasting = (error: unknown) => error instanceof EcsError && error.httpStatus < SERVER_ERRORS_FROM;

async function callOnce(
  { url, executionRoleOf }: SecretStoreDeps,
  taskArn: string,
  { secret, api, input }: Call,
): Promise<unknown> {
  const credentials = executionRoleOf(taskArn);
  // After an agent's restart they come with its connection; else the role is gone, or trusts tasks no more.
  if (!credentials) throw new Error(NOT_ASSUMED);
  const operation = secret.provider === "asm" ? "GetSecretValue" : "GetParameters";
  return createEcsClient({ url, region: secret.region, credentials, api }).call(operation, input);
}

const NOT_ASSUMED = "ECS was unable to assume the execution role that was provided for this task.";
