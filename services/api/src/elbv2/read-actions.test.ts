import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { readActions } from "./read-actions.ts";

const read = (...actions: Action[]) => readActions(actions, (arn) => `id of ${arn}`);
const forward = (targets: number): Action => ({
  Type: "forward",
  ForwardConfig: {
    TargetGroups: Array.from({ length: targets }, (_, index) => ({
      TargetGroupArn: `g${index}`,
      Weight: index,
    })),
  },
});
const sticky = (config: object): Action => ({
  Type: "forward",
  ForwardConfig: { TargetGroups: [{ TargetGroupArn: "g" }], TargetGroupStickinessConfig: config },
});
const redirect = (config: object): Action => ({
  Type: "redirect",
  RedirectConfig: { StatusCode: "HTTP_301", ...config },
});

describe("actions that are kept", () => {
  test.each<[string, Action]>([
    ["alone", { Type: "forward", TargetGroupArn: "g" }],
    ["in a list", { Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn: "g" }] } }],
    [
      "in both places, as answers show it",
      {
        Type: "forward",
        TargetGroupArn: "g",
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: "g", Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  ])("a target group %s weighs one", (_, action) => {
    expect(read(action)).toEqual([
      { type: "forward", targetGroups: [{ targetGroupId: "id of g", weight: 1 }], stickinessSeconds: null },
    ]);
  });

  test("a client stays with its group for as long as is said, if it is to stay", () => {
    expect(read(sticky({ Enabled: true, DurationSeconds: 60 }))).toMatchObject([{ stickinessSeconds: 60 }]);
    expect(read(sticky({ Enabled: false, DurationSeconds: 60 }))).toMatchObject([
      { stickinessSeconds: null, idleStickinessSeconds: 60 },
    ]);
  });

  test("a redirect keeps what it does not change, and the order it was given", () => {
    expect(read({ ...redirect({ Protocol: "HTTPS", Port: "443" }), Order: 3 })).toEqual([
      {
        type: "redirect",
        protocol: "HTTPS",
        host: "#{host}",
        port: "443",
        path: "/#{path}",
        query: "#{query}",
        statusCode: 301,
        order: 3,
      },
    ]);
  });

  test("a fixed response needs a code only", () => {
    expect(read({ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } })).toEqual([
      { type: "fixed-response", statusCode: 404, contentType: null, messageBody: "" },
    ]);
  });
});

describe("actions that are refused", () => {
  test.each<[string, Action[], string]>([
    ["none", [], "ValidationError"],
    ["two that answer", [forward(1), forward(1)], "InvalidLoadBalancerAction"],
    ["authentication", [{ Type: "authenticate-oidc", Order: 1 }, forward(1)], "UnsupportedOperation"],
    ["six groups", [forward(6)], "ValidationError"],
    ["no group", [{ Type: "forward" }], "ValidationError"],
    ["another group beside the list", [{ ...forward(1), TargetGroupArn: "other" }], "ValidationError"],
    [
      "a weight over 999",
      [{ Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn: "g", Weight: 1_000 }] } }],
      "ValidationError",
    ],
    [
      "a group twice",
      [
        {
          Type: "forward",
          ForwardConfig: { TargetGroups: [{ TargetGroupArn: "g" }, { TargetGroupArn: "g" }] },
        },
      ],
      "ValidationError",
    ],
    ["stickiness for ever", [sticky({ Enabled: true })], "ValidationError"],
    [
      "no stickiness for over a week",
      [sticky({ Enabled: false, DurationSeconds: 604_801 })],
      "ValidationError",
    ],
    ["stickiness for over a week", [sticky({ Enabled: true, DurationSeconds: 604_801 })], "ValidationError"],
    ["a loop", [redirect({ StatusCode: "HTTP_302", Query: "a=b" })], "InvalidLoadBalancerAction"],
    ["port 0", [redirect({ Port: "0" })], "InvalidLoadBalancerAction"],
    ["port 65536", [redirect({ Port: "65536" })], "InvalidLoadBalancerAction"],
    ["a host of two lines", [redirect({ Host: "a\nb" })], "InvalidLoadBalancerAction"],
    ["a path without a slash", [redirect({ Path: "here" })], "InvalidLoadBalancerAction"],
    [
      "a content type that is not AWS's",
      [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", ContentType: "image/png" } }],
      "ValidationError",
    ],
    [
      "the configuration of another type",
      [{ Type: "redirect", TargetGroupArn: "g" }],
      "InvalidLoadBalancerAction",
    ],
  ])("%s", (_, actions, code) => {
    expect(() => read(...actions)).toThrow(expect.objectContaining({ code }));
  });
});
