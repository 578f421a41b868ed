/** Values of secrets: sealed on their way in, opened on their way out, and which version each stage is at. */

import type { WriteTx } from "@roadstead/db/connect";
import {
  insertSecretVersion,
  listSecretVersions,
  lockSecret,
  type SecretRow,
  type SecretVersionRow,
  setStages,
} from "@roadstead/db/secret-values";
import { newUuid } from "@roadstead/service-kit/ids";
import type { ApiContext } from "../context.ts";
import { secretErrors } from "./errors.ts";
import { secretArn } from "./subject.ts";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
const VALUE_MAX_BYTES = 65_536;

export interface GivenValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
  readonly ClientRequestToken?: string | undefined;
}

/** As it is sealed: a text, or bytes. Null when neither is given. */
export function givenValue({ SecretString, SecretBinary }: GivenValue): string | null {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw secretErrors.invalid(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString === undefined && SecretBinary === undefined) return null;
  const bytes = SecretString === undefined ? (SecretBinary?.length ?? 0) : Buffer.byteLength(SecretString);
  if (bytes === 0 || bytes > VALUE_MAX_BYTES) {
    throw secretErrors.invalid(`The secret value must be 1 to ${VALUE_MAX_BYTES} bytes long.`);
  }
  return JSON.stringify(
    SecretString === undefined
      ? { b: Buffer.from(SecretBinary ?? []).toString("base64") }
      : { s: SecretString },
  );
}

const contextOf = (secretId: string, versionId: string) => `secret ${secretId} ${versionId}`;

export function openValue(
  ctx: ApiContext,
  secretId: string,
  version: SecretVersionRow,
): { SecretString?: string; SecretBinary?: Uint8Array } {
  const plain = ctx.secretValues.open(version.sealedValue, contextOf(secretId, version.versionId));
  if (plain === null)
    throw new Error(`the value of secret ${secretId} was sealed by a key that we do not hold`);
  const { s, b } = JSON.parse(plain) as { s?: string; b?: string };
  return s === undefined ? { SecretBinary: Buffer.from(b ?? "", "base64") } : { SecretString: s };
}

/** Adds a version (once per token) and moves the stages to it. */
export async function addVersion(
  tx: WriteTx,
  ctx: ApiContext,
  secret: SecretRow,
  version: { readonly value: string; readonly token: string | undefined; readonly stages: readonly string[] },
): Promise<{ readonly versionId: string; readonly stages: readonly string[] }> {
  const versionId = version.token || newUuid();
  await lockSecret(tx, secret.id);
  const rows = await listSecretVersions(tx, secret.id);
  const same = rows.find((row) => row.versionId === versionId);
  if (same) {
    const known = ctx.secretValues.open(same.sealedValue, contextOf(secret.id, versionId));
    if (known !== version.value) throw secretErrors.tokenInUse(versionId, secretArn(ctx.scope, secret));
    return { versionId, stages: same.stages };
  }
  const sealedValue = ctx.secretValues.seal(version.value, contextOf(secret.id, versionId));
  await insertSecretVersion(tx, secret.id, { versionId, sealedValue });
  const stages = rows.length === 0 ? [...new Set([CURRENT, ...version.stages])] : version.stages;
  await setStages(tx, secret.id, moved([...rows, { versionId, stages: [] }], versionId, stages));
  return { versionId, stages };
}

type Staged = Pick<SecretVersionRow, "versionId" | "stages">;

/** Each stage is at one version; the version that was current becomes the previous one. */
function moved(
  rows: readonly Staged[],
  to: string,
  labels: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const stages = new Map(
    rows.map((row) => [row.versionId, row.stages.filter((one) => !labels.includes(one))]),
  );
  stages.set(to, [...(stages.get(to) ?? []), ...labels]);
  const was = rows.find((row) => row.stages.includes(CURRENT))?.versionId;
  if (labels.includes(CURRENT) && was !== undefined && was !== to) {
    for (const [id, held] of stages)
      stages.set(
        id,
        held.filter((one) => one !== PREVIOUS),
      );
    stages.set(was, [...(stages.get(was) ?? []), PREVIOUS]);
  }
  return stages;
}
