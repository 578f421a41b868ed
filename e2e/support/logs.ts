/** Tasks that write to log groups, and what is in those. */
import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Account } from "./account.ts";
import { container } from "./tasks.ts";

export const logsOf = ({ endpoint, region, credentials }: Account) =>
  new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1 });

/** A container that runs a script and has its output in a stream `web/main/<task>`. */
export const writing = (
  account: Pick<Account, "region">,
  script: string,
  logGroup: string,
  more: Record<string, string> = {},
) =>
  container(script, {
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logGroup,
        "awslogs-region": account.region,
        "awslogs-stream-prefix": "web",
        ...more,
      },
    },
  });

export async function eventsOf(account: Account, logGroupName: string): Promise<readonly FilteredLogEvent[]> {
  const events: FilteredLogEvent[] = [];
  for await (const page of paginateFilterLogEvents({ client: logsOf(account) }, { logGroupName })) {
    events.push(...(page.events ?? []));
  }
  return events;
}

export const messagesOf = (events: readonly FilteredLogEvent[]) => events.map(({ message }) => message);
export const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`);
