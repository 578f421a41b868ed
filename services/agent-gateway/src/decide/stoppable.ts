/** Decides which of the tasks an agent offers to stop may go; the ACS session answers with them. */

/** A candidate named by an ARN that is not the wanted task's own is another task. */
export const stoppable = (
  candidateArns: readonly string[],
  wantedArns: ReadonlySet<string>,
): readonly string[] => candidateArns.filter((arn) => !wantedArns.has(arn));
