/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  PutRule: "schedules are refused",
  PutTargets: "API destinations alone",
} as const;
