/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  PutRule: "rules have no targets yet, so that nothing is delivered; schedules are refused",
} as const;
