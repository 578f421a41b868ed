/** Commits agents' reports in groups: one transaction for all that arrive within a few milliseconds. */

import { awsError } from "@roadstead/aws-protocol/errors";
import { type Db, sqlState } from "@roadstead/db/connect";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import type { TaskChange } from "@roadstead/model/task-transition";
import type { ReportSink } from "./context.ts";

const GROUP_WAIT_MS = 5;
const GROUP_MAX = 500;
/** Past this the api is too far behind; agents are told to come back, and they do. */
const WAITING_MAX = 10_000;

interface Waiting {
  readonly changes: readonly TaskChange[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupedReports extends ReportSink {
  /** Commits what waits and takes no more. */
  close(): Promise<void>;
}

export function groupReports(db: Pick<Db, "write">): GroupedReports {
  const waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let committing: Promise<void> = Promise.resolve();
  let closed = false;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    committing = committing.then(commitAll);
  };
  const commitAll = async () => {
    while (waiting.length > 0) await commitGroup(db, waiting.splice(0, GROUP_MAX));
  };
  return {
    async submit(changes) {
      if (closed) throw awsError("ServiceUnavailableException", "The server is stopping; try again.", 503);
      if (waiting.length >= WAITING_MAX) throw awsError("ThrottlingException", "Rate exceeded");
      return new Promise<void>((resolve, reject) => {
        waiting.push({ changes, resolve, reject });
        if (waiting.length >= GROUP_MAX) flush();
        else timer ??= setTimeout(flush, GROUP_WAIT_MS);
      });
    },
    async close() {
      closed = true;
      flush();
      await committing;
    },
  };
}

async function commitGroup(db: Pick<Db, "write">, group: readonly Waiting[]): Promise<void> {
  try {
    await db.write((tx) =>
      transitionTasks(
        tx,
        group.flatMap(({ changes }) => changes),
      ),
    );
    for (const { resolve } of group) resolve();
  } catch (error) {
    // What the database cannot hold is one report's fault: the others are not to fail with it for ever.
    if (group.length > 1 && isDataError(error)) for (const one of group) await commitGroup(db, [one]);
    else for (const { reject } of group) reject(error);
  }
}

/** Data exceptions and violated constraints, by their SQLSTATE class. */
const isDataError = (error: unknown) => /^2[23]/.test(sqlState(error));
