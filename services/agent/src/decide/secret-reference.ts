/**
 * Reads where a container's secret is: a parameter, or a Secrets Manager secret with a key, a stage or a version of it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */

export interface SecretSpec {
  /** The variable that it becomes. */
  readonly name: string;
  readonly valueFrom: string;
  readonly region: string;
  readonly provider: "asm" | "ssm";
}

export interface SecretReference {
  readonly arn: string;
  /** A member of the JSON object that the secret holds; null for all of it. */
  readonly jsonKey: string | null;
  readonly versionStage: string | null;
  readonly versionId: string | null;
}

const ARN_PARTS = 7;

/** `arn:aws:secretsmanager:region:account:secret:name` and up to three parts more, each of which may be empty. */
export function readSecretReference(valueFrom: string): SecretReference {
  const parts = valueFrom.split(":");
  const [jsonKey, versionStage, versionId] = parts.slice(ARN_PARTS);
  return {
    arn: parts.slice(0, ARN_PARTS).join(":"),
    jsonKey: jsonKey || null,
    versionStage: versionStage || null,
    versionId: versionId || null,
  };
}
