/** What the cluster query language reads of an instance; `query-language` and its comparisons share it. */

/** What an expression may ask of an instance; placement answers from the live state of its batch. */
export type SubjectLookup = {
  readonly agentConnected: boolean;
  readonly agentVersion: string | null;
  readonly ec2InstanceId: string | null;
  readonly registeredAtMs: number;
  readonly runningTasksCount: number;
  /** `undefined` when the instance lacks the attribute, `null` when it has it without a value. */
  readonly attribute: (name: string) => string | null | undefined;
  readonly groups: () => readonly string[];
};
