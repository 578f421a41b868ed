/** Rules about log drivers and FireLens. */
import type { LogConfiguration } from "@roadstead/model/task-definition";
import { containerRule, firstError, oneOf, type Rule } from "../rule.ts";

const DRIVERS = ["awsfirelens", "awslogs", "fluentd", "gelf", "journald", "json-file", "splunk", "syslog"];
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html */
const AWSLOGS_OPTIONS = [
  "awslogs-create-group",
  "awslogs-datetime-format",
  "awslogs-endpoint",
  "awslogs-group",
  "awslogs-multiline-pattern",
  "awslogs-region",
  "awslogs-stream-prefix",
  "max-buffer-size",
  "mode",
];
const AWSLOGS_REQUIRED = ["awslogs-region", "awslogs-group"];
const AWSLOGS_MULTILINE = ["awslogs-datetime-format", "awslogs-multiline-pattern"];
/** Every line is an event of its own here, and lines go to this installation's log groups alone. */
const AWSLOGS_NOT_HERE = [...AWSLOGS_MULTILINE, "awslogs-endpoint"];
const FIRELENS_OPTIONS = ["enable-ecs-log-metadata", "config-file-type", "config-file-value"];
const S3_OBJECT = /^arn:aws[a-z-]*:s3:::[^/]+\/.+$/;

const drivers = containerRule("log drivers", ({ logConfiguration: log }) => {
  if (!log) return null;
  return (
    oneOf("log driver", log.logDriver ?? "", DRIVERS) ??
    oneOf("log driver option mode", log.options?.mode, ["blocking", "non-blocking"])
  );
});

const awslogs = containerRule("awslogs options", ({ logConfiguration: log }) =>
  log?.logDriver === "awslogs" ? awslogsError(log) : null,
);

function awslogsError({ options = {}, secretOptions = [] }: LogConfiguration): string | null {
  const given = new Set([...Object.keys(options), ...secretOptions.map(({ name }) => name)]);
  const missing = AWSLOGS_REQUIRED.filter((option) => !given.has(option));
  if (missing.length > 0) return `Log driver awslogs requires options: ${missing.join(", ")}`;
  const refused = [...given].filter((option) => !AWSLOGS_OPTIONS.includes(option));
  if (refused.length > 0) return `Log driver awslogs disallows options: ${refused.join(", ")}`;
  const empty = AWSLOGS_REQUIRED.find((option) => options[option] === "");
  if (empty) return `Log driver awslogs option '${empty}' should not be null or empty.`;
  const createGroup = options["awslogs-create-group"];
  if (createGroup !== undefined && createGroup !== "true") {
    return "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.";
  }
  if (AWSLOGS_MULTILINE.every((option) => given.has(option))) {
    return "Log driver awslogs options 'awslogs-datetime-format' and 'awslogs-multiline-pattern' cannot be used together.";
  }
  const refusedHere = AWSLOGS_NOT_HERE.find((option) => given.has(option));
  return refusedHere ? `Log driver awslogs option '${refusedHere}' is not supported by this server.` : null;
}

const firelensPair: Rule = {
  name: "FireLens router and its users",
  check: ({ containerDefinitions }) => {
    const routers = containerDefinitions.filter(({ firelensConfiguration }) => firelensConfiguration).length;
    const users = containerDefinitions.filter((c) => c.logConfiguration?.logDriver === "awsfirelens").length;
    if (users > 0 && routers === 0) {
      return "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.";
    }
    if (routers > 0 && users === 0) {
      return "When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.";
    }
    return routers > 1 ? "Only one container of a task definition can have a firelensConfiguration." : null;
  },
};

const firelensOptions = containerRule("FireLens options", ({ firelensConfiguration: firelens }) => {
  if (!firelens) return null;
  const { type, options = {} } = firelens;
  const unknown =
    oneOf("firelens type", type ?? "", ["fluentd", "fluentbit"]) ??
    firstError(Object.keys(options), (option) => oneOf("firelens option", option, FIRELENS_OPTIONS)) ??
    oneOf("firelens config-file-type", options["config-file-type"], ["file", "s3"]) ??
    oneOf("firelens enable-ecs-log-metadata", options["enable-ecs-log-metadata"], ["true", "false"]);
  if (unknown) return unknown;
  const value = options["config-file-value"];
  if ((options["config-file-type"] === undefined) !== (value === undefined)) {
    return "Firelens options config-file-type and config-file-value must be specified together.";
  }
  return options["config-file-type"] === "s3" && !S3_OBJECT.test(value ?? "") ? "Invalid arn syntax." : null;
});

export const loggingRules: readonly Rule[] = [drivers, awslogs, firelensPair, firelensOptions];
