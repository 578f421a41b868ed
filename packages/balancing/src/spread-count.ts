/** Puts what was counted between two looks into the minutes between them. Pure. */

export interface MinuteCount {
  /** When the minute begins. */
  readonly atMs: number;
  readonly count: number;
}

/** In proportion to time, in whole numbers that add up to the count. */
export function spreadCount(
  count: number,
  { fromMs, toMs, minuteMs }: { readonly fromMs: number; readonly toMs: number; readonly minuteMs: number },
): readonly MinuteCount[] {
  const first = Math.floor(fromMs / minuteMs) * minuteMs;
  const last = Math.floor(toMs / minuteMs) * minuteMs;
  if (toMs <= fromMs || first === last) return [{ atMs: last, count }];
  const minutes: MinuteCount[] = [];
  let given = 0;
  for (let atMs = first; atMs <= last; atMs += minuteMs) {
    const endMs = Math.min(toMs, atMs + minuteMs);
    const until = Math.round((count * (endMs - fromMs)) / (toMs - fromMs));
    minutes.push({ atMs, count: until - given });
    given = until;
  }
  return minutes;
}
