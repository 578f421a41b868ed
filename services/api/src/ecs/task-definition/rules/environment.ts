/** Rules about environment variables, secrets and the credentials that fetch them. */
import { containerRule, firstDuplicate, firstError, oneOf, type Rule } from "../rule.ts";

const ENVIRONMENT_FILES_MAX = 10;
const SECRET_ARN =
  /^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(:[^:]*){0,3}|ssm:[a-z0-9-]+:\d{12}:parameter\/[\w./-]+)$/;
const PARAMETER_NAME = /^[\w./-]+$/;
const ENVIRONMENT_FILE = /^arn:aws[a-z-]*:s3:::[^/]+\/.+\.env$/;

/** Checks `valueFrom` of container secrets and of log options. */
const secretError = ({ name, valueFrom }: { readonly name: string; readonly valueFrom: string }) => {
  if (!name) return "Secret.name should not be null or empty.";
  if (!valueFrom) return "Secret.valueFrom should not be null or empty.";
  if (valueFrom.startsWith("arn:")) {
    return SECRET_ARN.test(valueFrom) ? null : `The ARN specified for secret ${name} is invalid.`;
  }
  return PARAMETER_NAME.test(valueFrom)
    ? null
    : `The Systems Manager parameter name specified for secret ${name} is invalid.`;
};

const environmentNames = containerRule("environment names", ({ environment }) =>
  environment.some(({ name }) => !name) ? "Environment variable name should not be null or empty." : null,
);

const secretValues = containerRule("secret references", ({ secrets = [], logConfiguration }) =>
  firstError([...secrets, ...(logConfiguration?.secretOptions ?? [])], secretError),
);

const secretNames = containerRule("secret names", ({ secrets = [], environment }) => {
  const clash = firstDuplicate([
    ...new Set(environment.map(({ name }) => name ?? "")),
    ...secrets.map(({ name }) => name),
  ]);
  return clash === null
    ? null
    : `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${clash}'.`;
});

const executionRole = containerRule("execution role for secrets", (container, { executionRoleArn }) => {
  if (executionRoleArn !== undefined) return null;
  if (container.secrets?.length || container.logConfiguration?.secretOptions?.length) {
    return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
  }
  return container.repositoryCredentials
    ? "When you are specifying container repository credentials, you must also specify a value for 'executionRoleArn'."
    : null;
});

const repositoryCredentials = containerRule("repository credentials", ({ repositoryCredentials: given }) =>
  given && !given.credentialsParameter
    ? "RepositoryCredentials.credentialsParameter should not be null or empty."
    : null,
);

const environmentFiles = containerRule("environment files", ({ environmentFiles = [] }) => {
  if (environmentFiles.length > ENVIRONMENT_FILES_MAX) {
    return `A container can have at most ${ENVIRONMENT_FILES_MAX} environment files.`;
  }
  return firstError(environmentFiles, ({ type, value }) => {
    const unknown = oneOf("environment file type", type ?? "", ["s3"]);
    if (unknown) return unknown;
    return ENVIRONMENT_FILE.test(value ?? "")
      ? null
      : "Environment file must be the ARN of an Amazon S3 object with a .env file extension.";
  });
});

export const environmentRules: readonly Rule[] = [
  environmentNames,
  environmentFiles,
  secretValues,
  secretNames,
  repositoryCredentials,
  executionRole,
];
