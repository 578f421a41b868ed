/** Reads a target of PutTargets: an API destination or a log group, with what it is to be sent; every other kind is refused. */
import type { Target } from "@aws-sdk/client-eventbridge";
import type { EventTargetRow } from "@roadstead/db/event-rules";
import type { EventTargetDetails } from "@roadstead/db/schema/event-bus";
import { logGroupOf, parseEventArn } from "@roadstead/model/event-arn";
import { eventErrors } from "./errors.ts";

/** Parameters of other kinds of targets, and what is not done here for any. */
const UNBUILT = [
  "KinesisParameters",
  "RunCommandParameters",
  "EcsParameters",
  "BatchParameters",
  "SqsParameters",
  "RedshiftDataParameters",
  "SageMakerPipelineParameters",
  "AppSyncParameters",
  "DeadLetterConfig",
] as const;

export function readTarget(target: Target): EventTargetRow {
  const { Id: targetId = "", Arn: arn = "", RoleArn: roleArn } = target;
  const unbuilt = UNBUILT.find((member) => target[member] !== undefined);
  if (unbuilt) throw eventErrors.unsupported(`${unbuilt} of targets are`);
  if (!arn.startsWith("arn:")) {
    throw eventErrors.validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  }
  const isDestination = parseEventArn(arn, "api-destination") !== null;
  if (!isDestination && !logGroupOf(arn)) {
    throw eventErrors.unsupported(`Targets other than API destinations and log groups (${arn}) are`);
  }
  if (isDestination && !roleArn) throw eventErrors.validation(`RoleArn is required for target ${arn}.`);
  return {
    targetId,
    arn,
    details: {
      ...(roleArn === undefined ? {} : { roleArn }),
      ...readInput(target),
      ...readHttp(target),
      ...readRetry(target),
    },
  };
}

function readInput({ Input, InputPath, InputTransformer }: Target): EventTargetDetails {
  const given = [Input, InputPath, InputTransformer].filter((member) => member !== undefined);
  if (given.length > 1) {
    throw eventErrors.validation(
      "Only one of Input, InputPath, or InputTransformer must be provided for a target.",
    );
  }
  if (Input !== undefined) {
    if (!isJson(Input)) throw eventErrors.validation("Parameter Input is not valid. Reason: Invalid JSON.");
    return { input: Input };
  }
  if (InputPath !== undefined) return { inputPath: checkedPath(InputPath) };
  if (!InputTransformer) return {};
  const paths = Object.entries(InputTransformer.InputPathsMap ?? {});
  return {
    inputTransformer: {
      paths: Object.fromEntries(paths.map(([name, path]) => [name, checkedPath(path)])),
      template: InputTransformer.InputTemplate ?? "",
    },
  };
}

/** `$` and names or places below it: what EventBridge takes of JSON paths. */
function checkedPath(path: string): string {
  if (!/^\$(\.[A-Za-z0-9_-]+|\[\d+\]|\['[^'\]]+'\])*$/.test(path)) {
    throw eventErrors.validation(`Parameter ${path} is not valid. Reason: Invalid JsonPath.`);
  }
  return path;
}

function readHttp({ HttpParameters: http }: Target): EventTargetDetails {
  if (!http) return {};
  return {
    http: {
      path: [...(http.PathParameterValues ?? [])],
      headers: { ...http.HeaderParameters },
      query: { ...http.QueryStringParameters },
    },
  };
}

function readRetry({ RetryPolicy: retry }: Target): EventTargetDetails {
  if (!retry) return {};
  const { MaximumRetryAttempts: attemptsMax, MaximumEventAgeInSeconds: ageMaxSeconds } = retry;
  return {
    retry: {
      ...(attemptsMax === undefined ? {} : { attemptsMax }),
      ...(ageMaxSeconds === undefined ? {} : { ageMaxSeconds }),
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
