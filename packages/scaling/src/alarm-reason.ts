/** The words in which CloudWatch says why an alarm is in its state. Pure. */
import type { AlarmDefinition, AlarmState, ComparisonOperator } from "./alarm.ts";

interface Point {
  readonly atMs: number;
  readonly value: number | null;
}

interface Evaluated {
  readonly state: AlarmState | null;
  readonly real: readonly Point[];
  readonly breaching: readonly Point[];
  readonly missing: number;
}

const RELATIONS: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to the threshold",
  GreaterThanThreshold: "greater than the threshold",
  LessThanThreshold: "less than the threshold",
  LessThanOrEqualToThreshold: "less than or equal to the threshold",
};

const TREATED = { breaching: "Breaching", notBreaching: "NonBreaching" } as const;

export function evaluationReason(definition: AlarmDefinition, evaluated: Evaluated): string {
  const { state, real, breaching, missing } = evaluated;
  if (state === null) return "";
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${missing} ${missing === 1 ? "datapoint was" : "datapoints were"} unknown.`;
  }
  const treated = treatedAs(definition, missing);
  if (real.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${count(missing, "period")}${treated && ` and ${treated}`}.`;
  }
  const decisive = state === "ALARM" ? breaching : notBreaching(evaluated);
  // What was said breaches, and is too little: what is missing decides.
  if (decisive.length === 0) return `Threshold Crossed: ${treated}.`;
  return crossed(definition, decisive, evaluated, treated);
}

const notBreaching = ({ real, breaching }: Evaluated) => real.filter((point) => !breaching.includes(point));

function crossed(
  definition: AlarmDefinition,
  points: readonly Point[],
  { state, real }: Evaluated,
  treated: string,
): string {
  const { comparisonOperator, threshold, evaluationPeriods, datapointsToAlarm } = definition;
  const needed = datapointsToAlarm ?? evaluationPeriods;
  const minimum = state === "ALARM" ? needed : evaluationPeriods - needed + 1;
  const [from, to] = state === "ALARM" ? ["OK", "ALARM"] : ["ALARM", "OK"];
  const verb = points.length === 1 ? "was" : "were";
  const newestFirst = [...points].reverse().map(shown).join(", ");
  return (
    `Threshold Crossed: ${points.length} out of the last ${real.length} datapoints [${newestFirst}] ${verb} ` +
    `${state === "ALARM" ? "" : "not "}${RELATIONS[comparisonOperator]} (${decimal(threshold)})` +
    `${treated && ` and ${treated}`} (minimum ${count(minimum, "datapoint")} for ${from} -> ${to} transition).`
  );
}

function treatedAs({ treatMissingData }: AlarmDefinition, missing: number): string {
  if (missing === 0 || (treatMissingData !== "breaching" && treatMissingData !== "notBreaching")) return "";
  const verb = missing === 1 ? "was" : "were";
  return `${count(missing, "missing datapoint")} ${verb} treated as [${TREATED[treatMissingData]}]`;
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** A number always has a fraction there. */
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

function shown({ atMs, value }: Point): string {
  const [date = "", time = ""] = new Date(atMs).toISOString().split("T");
  const [year = "", month = "", day = ""] = date.split("-");
  return `${decimal(value ?? 0)} (${day}/${month}/${year.slice(2)} ${time.slice(0, 8)})`;
}
