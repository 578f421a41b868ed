/** What the decision about a scalable target looks at, and what it says; the autoscaler loads and commits these. */

export interface CapacityBounds {
  readonly min: number;
  readonly max: number;
}

/** What a user switched off; scheduled scaling is suspended where schedules are carried out. */
export interface Suspensions {
  readonly scaleIn: boolean;
  readonly scaleOut: boolean;
}

/** The newest change that a policy made, which its cooldown is counted from. */
export interface LastScaling {
  readonly fromCount: number;
  readonly toCount: number;
  /** Null while the service has not reached the count. */
  readonly endedAtMs: number | null;
  readonly cooldownMs: number;
}

/** An alarm in state ALARM that has the policy as its action, with its metric's newest value. */
export interface RaisedAlarm {
  readonly name: string;
  readonly threshold: number;
  readonly comparison: Comparison;
  /** Null where the metric said nothing lately. */
  readonly value: number | null;
}

export type Comparison =
  | "GreaterThanThreshold"
  | "GreaterThanOrEqualToThreshold"
  | "LessThanThreshold"
  | "LessThanOrEqualToThreshold";

export interface TargetTracking {
  readonly kind: "targetTracking";
  readonly targetValue: number;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly disableScaleIn: boolean;
}

export interface Step {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly adjustment: number;
}

export interface StepScaling {
  readonly kind: "step";
  readonly adjustmentType: "ChangeInCapacity" | "PercentChangeInCapacity" | "ExactCapacity";
  readonly steps: readonly Step[];
  readonly minAdjustmentMagnitude: number | null;
  readonly cooldownMs: number;
}

export interface PolicySnapshot {
  readonly name: string;
  readonly rule: TargetTracking | StepScaling;
  readonly raised: readonly RaisedAlarm[];
}

export interface ScalingSnapshot {
  readonly nowMs: number;
  readonly bounds: CapacityBounds;
  readonly suspended: Suspensions;
  readonly desiredCount: number;
  readonly runningCount: number;
  /** A deployment runs: ECS lets nothing scale in meanwhile. */
  readonly deploying: boolean;
  readonly last: LastScaling | null;
  readonly policies: readonly PolicySnapshot[];
}

/** What one policy would have the service be, and why. */
export interface Proposal {
  readonly policyName: string;
  readonly alarmName: string;
  readonly direction: "out" | "in";
  readonly count: number;
  readonly cooldownMs: number;
  readonly tracking: boolean;
}

export interface NotScaledReason {
  readonly code:
    | "AlreadyAtMaxCapacity"
    | "AlreadyAtMinCapacity"
    | "AlreadyAtDesiredCapacity"
    | "AutoScalingAnticipatedFlapping"
    | "TargetServicePutResourceAsUnscalable";
  readonly maxCapacity?: number;
  readonly minCapacity?: number;
  readonly currentCapacity?: number;
}

export type ScalingDecision =
  /** No alarm asks for anything. */
  | { readonly kind: "rest" }
  /** A cooldown or a suspension holds it back for now. */
  | { readonly kind: "held"; readonly by: "cooldown" | "suspended" }
  | { readonly kind: "notScaled"; readonly proposal: Proposal; readonly reasons: readonly NotScaledReason[] }
  | { readonly kind: "scale"; readonly proposal: Proposal; readonly toCount: number };
