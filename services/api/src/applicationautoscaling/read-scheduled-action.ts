/** Reads a scheduled action from a request, and decides when it acts first; `put-scheduled-action` calls this. */
import type { PutScheduledActionRequest } from "@aws-sdk/client-application-auto-scaling";
import type { ScheduledActionRow, WantedAction } from "@roadstead/db/scheduled-actions";
import { isKnownZone, nextTime, parseSchedule } from "@roadstead/scaling/schedule";
import { scalingErrors } from "./errors.ts";

/** What an update leaves out stays, but for start and end, which are then forgotten. */
export function readScheduledAction(
  input: PutScheduledActionRequest,
  old: ScheduledActionRow | null,
  now: Date,
): WantedAction {
  const written = input.Schedule ?? old?.schedule;
  if (!written) throw scalingErrors.validation("Schedule must be specified.");
  const schedule = parseSchedule(written);
  if (!schedule) throw scalingErrors.validation(`Invalid schedule expression: ${written}`);
  const timezone = input.Timezone ?? old?.timezone ?? null;
  if (timezone !== null && !isKnownZone(timezone)) {
    throw scalingErrors.validation(`Invalid timezone: ${timezone}`);
  }
  const startAt = input.StartTime ?? null;
  const endAt = input.EndTime ?? null;
  if (startAt && endAt && endAt <= startAt)
    throw scalingErrors.validation("EndTime must be after StartTime.");
  const nextMs = nextTime(
    {
      schedule,
      timezone,
      sinceMs: (old?.createdAt ?? now).getTime(),
      startMs: startAt?.getTime() ?? null,
      endMs: endAt?.getTime() ?? null,
    },
    now.getTime(),
  );
  if (nextMs === null) throw scalingErrors.validation(`The schedule ${written} names no time in the future.`);
  return {
    name: input.ScheduledActionName ?? "",
    schedule: written,
    timezone,
    startAt,
    endAt,
    ...bounds(input, old),
    nextAt: new Date(nextMs),
  };
}

function bounds({ ScalableTargetAction: asked }: PutScheduledActionRequest, old: ScheduledActionRow | null) {
  const minCapacity = (asked ? asked.MinCapacity : old?.minCapacity) ?? null;
  const maxCapacity = (asked ? asked.MaxCapacity : old?.maxCapacity) ?? null;
  if (minCapacity === null && maxCapacity === null) {
    throw scalingErrors.validation("ScalableTargetAction must have a MinCapacity, a MaxCapacity or both.");
  }
  if ((minCapacity ?? 0) < 0 || (maxCapacity ?? 0) < 0) {
    throw scalingErrors.validation("MinCapacity and MaxCapacity must not be negative.");
  }
  if (minCapacity !== null && maxCapacity !== null && maxCapacity < minCapacity) {
    throw scalingErrors.validation("MaxCapacity must be greater than or equal to MinCapacity.");
  }
  return { minCapacity, maxCapacity };
}
