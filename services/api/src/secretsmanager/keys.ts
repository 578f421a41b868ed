/** The keys that values are encrypted with are the installation's own: KMS keys are refused, its default's names are taken. */
import { secretErrors } from "./errors.ts";

const DEFAULTS: readonly string[] = ["aws/secretsmanager", "alias/aws/secretsmanager"];

export function refuseKmsKey(keyId: string | undefined): void {
  if (keyId && !DEFAULTS.some((name) => keyId.endsWith(name))) {
    throw secretErrors.invalid(
      "Secrets are encrypted with the installation's own key; KMS keys are not supported.",
    );
  }
}
