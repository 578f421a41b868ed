/** Reads the actions of a request into what rows keep, refusing what AWS refuses and what is not built; listeners and rules call it. */
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type {
  BalancerAction,
  FixedResponseAction,
  ForwardAction,
  RedirectAction,
} from "@roadstead/model/balancer-rule";
import { elbErrors } from "./errors.ts";

const GROUPS_MAX = 5;
const WEIGHT_MAX = 999;
const STICKINESS_MAX_SECONDS = 604_800;
const CONTENT_TYPES = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

/** `groupId` finds the id in a target group's ARN, or throws. */
export function readActions(
  actions: readonly Action[] | undefined,
  groupId: (arn: string) => string,
): readonly BalancerAction[] {
  const [action, ...others] = actions ?? [];
  if (!action) throw elbErrors.validation("At least one action must be specified");
  const refused = [action, ...others].find(({ Type }) => Type && !isBuilt(Type));
  if (refused) throw elbErrors.unsupported(`Actions of type '${refused.Type}' are not supported`);
  if (others.length > 0) {
    throw elbErrors.invalidAction("Only one of forward, redirect and fixed-response can be specified");
  }
  const order = action.Order === undefined ? {} : { order: action.Order };
  return [{ ...readAction(action, groupId), ...order }];
}

const isBuilt = (type: string) => ["forward", "redirect", "fixed-response"].includes(type);

function readAction(action: Action, groupId: (arn: string) => string): BalancerAction {
  const { Type: type, ForwardConfig, TargetGroupArn, RedirectConfig, FixedResponseConfig } = action;
  const configs = {
    forward: ForwardConfig ?? TargetGroupArn,
    redirect: RedirectConfig,
    "fixed-response": FixedResponseConfig,
  };
  for (const [of, config] of Object.entries(configs)) {
    if (config !== undefined && of !== type) {
      throw elbErrors.invalidAction(`The configuration of a ${of} action cannot be specified for ${type}`);
    }
  }
  if (type === "forward") return readForward(action, groupId);
  if (type === "redirect") return readRedirect(action);
  return readFixedResponse(action);
}

function readForward(action: Action, groupId: (arn: string) => string): ForwardAction {
  const { TargetGroupArn: single, ForwardConfig: config } = action;
  const listed = config?.TargetGroups ?? [];
  if (single !== undefined && listed.length > 0) {
    const [only, ...others] = listed;
    if (others.length > 0 || only?.TargetGroupArn !== single) {
      throw elbErrors.validation(
        "TargetGroupArn and ForwardConfig cannot both be specified unless they name the same single target group",
      );
    }
  }
  const tuples = listed.length > 0 ? listed : single === undefined ? [] : [{ TargetGroupArn: single }];
  if (tuples.length === 0) throw elbErrors.validation("A forward action must specify a target group");
  if (tuples.length > GROUPS_MAX) {
    throw elbErrors.validation(`A forward action can specify at most '${GROUPS_MAX}' target groups`);
  }
  const targetGroups = tuples.map(({ TargetGroupArn, Weight: weight = 1 }) => {
    if (weight < 0 || weight > WEIGHT_MAX) {
      throw elbErrors.validation(`Weight '${weight}' must be between '0' and '${WEIGHT_MAX}'`);
    }
    return { targetGroupId: groupId(TargetGroupArn ?? ""), weight };
  });
  if (new Set(targetGroups.map(({ targetGroupId }) => targetGroupId)).size < targetGroups.length) {
    throw elbErrors.validation("A target group can be specified once in a forward action");
  }
  return { type: "forward", targetGroups, ...readStickiness(config) };
}

function readStickiness(
  config: Action["ForwardConfig"],
): Pick<ForwardAction, "stickinessSeconds" | "idleStickinessSeconds"> {
  const { Enabled, DurationSeconds: seconds } = config?.TargetGroupStickinessConfig ?? {};
  if (seconds === undefined ? Enabled : seconds < 1 || seconds > STICKINESS_MAX_SECONDS) {
    throw elbErrors.validation(
      `Target group stickiness duration must be between '1' and '${STICKINESS_MAX_SECONDS}' seconds`,
    );
  }
  if (Enabled) return { stickinessSeconds: seconds ?? null };
  return { stickinessSeconds: null, ...(seconds === undefined ? {} : { idleStickinessSeconds: seconds }) };
}

function readRedirect({ RedirectConfig: config }: Action): RedirectAction {
  if (!config) throw elbErrors.validation("A redirect action must have a RedirectConfig");
  const {
    Protocol: protocol = "#{protocol}",
    Host: host = "#{host}",
    Port: port = "#{port}",
    Path: path = "/#{path}",
    Query: query = "#{query}",
    StatusCode,
  } = config;
  if (StatusCode === undefined) throw elbErrors.validation("A redirect action must specify a status code");
  if (!/^([1-9][0-9]{0,4}|#\{port\})$/.test(port) || Number(port) > 65_535) {
    throw elbErrors.invalidAction(`The redirect port '${port}' is not valid`);
  }
  if (!path.startsWith("/")) throw elbErrors.invalidAction(`The redirect path '${path}' must start with '/'`);
  const unprintable = [host, path, query].find((part) => !/^[\x21-\x7e]*$/.test(part));
  if (unprintable !== undefined) {
    throw elbErrors.invalidAction(`The redirect part '${unprintable}' is not valid`);
  }
  const isSame =
    protocol === "#{protocol}" && host === "#{host}" && port === "#{port}" && path === "/#{path}";
  if (isSame) {
    throw elbErrors.invalidAction("The redirect configuration is not valid because it creates a loop");
  }
  const statusCode = StatusCode === "HTTP_301" ? 301 : 302;
  return { type: "redirect", protocol, host, port, path, query, statusCode };
}

function readFixedResponse({ FixedResponseConfig: config }: Action): FixedResponseAction {
  if (!config?.StatusCode) {
    throw elbErrors.validation("A fixed-response action must have a FixedResponseConfig with a status code");
  }
  const contentType = config.ContentType || null;
  if (contentType !== null && !CONTENT_TYPES.includes(contentType)) {
    throw elbErrors.validation(
      `The content type '${contentType}' must be one of '${CONTENT_TYPES.join(", ")}'`,
    );
  }
  const messageBody = config.MessageBody ?? "";
  return { type: "fixed-response", statusCode: Number(config.StatusCode), contentType, messageBody };
}
