/** Log groups, streams and events through signed requests, on real PostgreSQL. */
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
  paginateGetLogEvents,
  StartQueryCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { batchToken } from "@roadstead/model/log-batch";
import { describe, expect, test, vi } from "vitest";
import { ACCOUNT, type Keys, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const ARN = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group`;
const GROUP = "/ecs/web";
const STREAM = "web/app/1";
const where = { logGroupName: GROUP, logStreamName: STREAM };
const logs = () => api.clients().logs;

async function aStream(logStreamName = STREAM, logGroupName = GROUP) {
  await logs()
    .send(new CreateLogGroupCommand({ logGroupName }))
    .catch((error: Error) => {
      if (error.name !== "ResourceAlreadyExistsException") throw error;
    });
  await logs().send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
}

const put = (messages: readonly string[], from: number, logStreamName = STREAM) =>
  logs().send(
    new PutLogEventsCommand({
      logGroupName: GROUP,
      logStreamName,
      logEvents: messages.map((message, i) => ({ message, timestamp: from + i })),
    }),
  );

const answered = async (answer: Promise<unknown>) => {
  const { code, message, status } = await refusal(answer);
  expect(status).toBe(400);
  return [code, message];
};

const messagesOf = (events: readonly { readonly message?: string | undefined }[] = []) =>
  events.map(({ message }) => message);

describe("groups", () => {
  test("are created, described with AWS's members, kept for so many days, and deleted", async () => {
    await logs().send(new CreateLogGroupCommand({ logGroupName: GROUP, tags: { team: "web" } }));
    await logs().send(new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 7 }));
    const described = await logs().send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/ecs" }));
    expect(described.logGroups).toEqual([
      {
        logGroupName: GROUP,
        creationTime: expect.any(Number),
        retentionInDays: 7,
        metricFilterCount: 0,
        arn: `${ARN}:${GROUP}:*`,
        logGroupArn: `${ARN}:${GROUP}`,
        storedBytes: 0,
        logGroupClass: "STANDARD",
        deletionProtectionEnabled: false,
      },
    ]);
    await logs().send(new DeleteRetentionPolicyCommand({ logGroupName: GROUP }));
    const [group] = (await logs().send(new DescribeLogGroupsCommand({}))).logGroups ?? [];
    expect(group).not.toHaveProperty("retentionInDays");
    await logs().send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    expect((await logs().send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });

  test("are listed in pages, by prefix or by a part of the name, and of one region alone", async () => {
    for (const logGroupName of ["/a/one", "/a/Two", "/b/three"]) {
      await logs().send(new CreateLogGroupCommand({ logGroupName }));
    }
    const first = await logs().send(new DescribeLogGroupsCommand({ limit: 2 }));
    expect(first.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/a/Two", "/a/one"]);
    const rest = await logs().send(new DescribeLogGroupsCommand({ limit: 2, nextToken: first.nextToken }));
    expect(rest.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/b/three"]);
    expect(rest.nextToken).toBeUndefined();
    const part = await logs().send(new DescribeLogGroupsCommand({ logGroupNamePattern: "tw" }));
    expect(part.logGroups).toHaveLength(1);
    const elsewhere = api.clients(api.administrator(), "eu-test-1").logs;
    expect((await elsewhere.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });

  test("carry tags, by either generation of calls", async () => {
    await logs().send(new CreateLogGroupCommand({ logGroupName: GROUP, tags: { a: "1" } }));
    const resourceArn = `${ARN}:${GROUP}`;
    await logs().send(new TagResourceCommand({ resourceArn, tags: { b: "2", a: "3" } }));
    await logs().send(new TagLogGroupCommand({ logGroupName: GROUP, tags: { c: "4" } }));
    await logs().send(new UntagResourceCommand({ resourceArn, tagKeys: ["b"] }));
    const expected = { a: "3", c: "4" };
    expect((await logs().send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(expected);
    await logs().send(new UntagLogGroupCommand({ logGroupName: GROUP, tags: ["c"] }));
    expect((await logs().send(new ListTagsLogGroupCommand({ logGroupName: GROUP }))).tags).toEqual({
      a: "3",
    });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`t${i}`, ""]));
    expect(await answered(logs().send(new TagResourceCommand({ resourceArn, tags })))).toEqual([
      "TooManyTagsException",
      `A resource can have no more than 50 tags: ${GROUP}.`,
    ]);
  });
});

describe("events", () => {
  test("are read back in order, forward and backward, and the token at the end stays itself", async () => {
    await aStream();
    const now = Date.now();
    await put(["three", "four", "five"], now - 10);
    await put(["one", "two"], now - 20);
    const head = await logs().send(new GetLogEventsCommand({ ...where, startFromHead: true, limit: 3 }));
    expect(messagesOf(head.events)).toEqual(["one", "two", "three"]);
    expect(head.events?.[0]).toEqual({
      message: "one",
      timestamp: now - 20,
      ingestionTime: expect.any(Number),
    });
    const next = await logs().send(new GetLogEventsCommand({ ...where, nextToken: head.nextForwardToken }));
    expect(messagesOf(next.events)).toEqual(["four", "five"]);
    const end = await logs().send(new GetLogEventsCommand({ ...where, nextToken: next.nextForwardToken }));
    expect([end.events, end.nextForwardToken]).toEqual([[], next.nextForwardToken]);
    await put(["six"], now);
    const later = await logs().send(new GetLogEventsCommand({ ...where, nextToken: end.nextForwardToken }));
    expect(messagesOf(later.events)).toEqual(["six"]);
    const tail = await logs().send(new GetLogEventsCommand({ ...where, limit: 2 }));
    expect(messagesOf(tail.events)).toEqual(["five", "six"]);
    const back = await logs().send(new GetLogEventsCommand({ ...where, nextToken: tail.nextBackwardToken }));
    expect(messagesOf(back.events)).toEqual(["one", "two", "three", "four"]);
  });

  test("the SDK's paginator ends at the end of a stream, empty or not", async () => {
    await aStream();
    const read = async () => {
      const messages: (string | undefined)[] = [];
      const config = { client: logs(), pageSize: 2, stopOnSameToken: true };
      for await (const page of paginateGetLogEvents(config, { ...where, startFromHead: true })) {
        messages.push(...messagesOf(page.events));
      }
      return messages;
    };
    expect(await read()).toEqual([]);
    await put(["a", "b", "c", "d", "e"], Date.now() - 5);
    expect(await read()).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("of a container are left to a later answer for a moment, unless an end is asked for", async () => {
    await aStream();
    const now = Date.now();
    const logEvents = [
      { message: "settled", timestamp: now - 60_000 },
      { message: "fresh", timestamp: now + 60_000 },
    ];
    const sequenceToken = batchToken({ writer: "agent", number: 1 });
    await logs().send(new PutLogEventsCommand({ ...where, logEvents, sequenceToken }));
    const read = async (endTime?: number) => {
      const input = { logGroupName: GROUP, endTime, limit: 1 };
      const messages: (string | undefined)[] = [];
      for await (const page of paginateFilterLogEvents({ client: logs() }, input)) {
        messages.push(...messagesOf(page.events));
      }
      return messages;
    };
    expect(await read()).toEqual(["settled"]);
    expect(await read(now + 60_000)).toEqual(["settled", "fresh"]);
  });

  test("of a container are left to a later answer while another is catching up on an outage", async () => {
    await aStream();
    await aStream("web/app/2");
    const now = Date.now();
    const send = (logStreamName: string, number: number, agoMs: number) => {
      const logEvents = [2 * agoMs, agoMs].map((ms) => ({
        message: `${logStreamName} ${ms}`,
        timestamp: now - ms,
      }));
      const sequenceToken = batchToken({ writer: logStreamName.replaceAll("/", "."), number });
      return logs().send(
        new PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents, sequenceToken }),
      );
    };
    const read = async () =>
      messagesOf((await logs().send(new FilterLogEventsCommand({ logGroupName: GROUP }))).events);
    // It counts as catching up for some seconds after each batch.
    let number = 0;
    await vi.waitFor(async () => {
      number++;
      await Promise.all([send(STREAM, number, 60_000), send("web/app/2", number, 30_000)]);
      expect(new Set(await read())).toEqual(new Set([`${STREAM} 120000`]));
    }, 10_000);
    await vi.waitFor(async () => expect(await read()).toContain("web/app/2 30000"), {
      timeout: 20_000,
      interval: 500,
    });
  });

  test("of a group are searched across streams, by pattern, time, names and prefix", async () => {
    await aStream();
    await aStream("job/app/2");
    const now = Date.now() - 100;
    await put(["GET / 200", "GET /x 500", "POST / 200"], now);
    await put(["started", "GET / 500"], now + 1, "job/app/2");
    const search = async (more: object) => {
      const answer = await logs().send(new FilterLogEventsCommand({ logGroupName: GROUP, ...more }));
      return messagesOf(answer.events);
    };
    expect(await search({})).toEqual(["GET / 200", "GET /x 500", "started", "POST / 200", "GET / 500"]);
    expect(await search({ filterPattern: "GET 500" })).toEqual(["GET /x 500", "GET / 500"]);
    expect(await search({ startTime: now + 1, endTime: now + 1 })).toEqual(["GET /x 500", "started"]);
    expect(await search({ logStreamNamePrefix: "job/" })).toEqual(["started", "GET / 500"]);
    expect(await search({ logStreamNames: [STREAM], filterPattern: "POST" })).toEqual(["POST / 200"]);
    const pages: number[] = [];
    const ids = new Set<string | undefined>();
    const input = { logGroupName: GROUP, limit: 2 };
    for await (const page of paginateFilterLogEvents({ client: logs() }, input)) {
      pages.push(page.events?.length ?? 0);
      for (const event of page.events ?? []) ids.add(event.eventId);
    }
    expect([pages, ids.size]).toEqual([[2, 2, 1], 5]);
  });

  test("move their stream's times, by which streams are ordered", async () => {
    await aStream();
    await aStream("idle");
    await aStream("late");
    const now = Date.now();
    await put(["x", "y"], now - 50);
    await put(["z"], now, "late");
    const input = { logGroupName: GROUP, orderBy: "LastEventTime", descending: true } as const;
    const first = await logs().send(new DescribeLogStreamsCommand({ ...input, limit: 2 }));
    expect(first.logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(["late", STREAM]);
    expect(first.logStreams?.[1]).toEqual({
      logStreamName: STREAM,
      creationTime: expect.any(Number),
      firstEventTimestamp: now - 50,
      lastEventTimestamp: now - 49,
      lastIngestionTime: expect.any(Number),
      arn: `${ARN}:${GROUP}:log-stream:${STREAM}`,
      storedBytes: 0,
    });
    const rest = await logs().send(new DescribeLogStreamsCommand({ ...input, nextToken: first.nextToken }));
    expect(rest.logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(["idle"]);
  });

  test("that are too old or too new are left out of a batch, which is told", async () => {
    await aStream();
    const day = 86_400_000;
    const old = await put(["old"], Date.now() - 15 * day);
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const early = await put(["early"], Date.now() + 3 * 3_600_000);
    expect(early.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 0 });
    expect((await logs().send(new FilterLogEventsCommand({ logGroupName: GROUP }))).events).toEqual([]);
  });

  test("of a full batch are taken, also where JSON needs many times their bytes", async () => {
    await aStream();
    const message = "\u0001".repeat(1_048_576 - 26);
    const { nextSequenceToken } = await put([message], Date.now());
    expect(nextSequenceToken).toMatch(/^\d{56}$/);
    const many = Array.from({ length: 10_000 }, () => "line");
    await put(many, Date.now() - 20_000);
    const read = await logs().send(new GetLogEventsCommand({ ...where, startFromHead: true }));
    expect(read.events).toHaveLength(10_000);
  });

  test("go with their stream", async () => {
    await aStream();
    await put(["x"], Date.now());
    await logs().send(new DeleteLogStreamCommand(where));
    await aStream();
    expect((await logs().send(new GetLogEventsCommand(where))).events).toEqual([]);
  });
});

describe("refusals", () => {
  const NO_GROUP = ["ResourceNotFoundException", "The specified log group does not exist."];
  const NO_STREAM = ["ResourceNotFoundException", "The specified log stream does not exist."];
  const invalid = (message: string) => ["InvalidParameterException", message];

  test("are AWS's for what is not there, and for what is there already", async () => {
    const events = [{ message: "x", timestamp: Date.now() }];
    const batch = new PutLogEventsCommand({ ...where, logEvents: events });
    for (const command of [
      new GetLogEventsCommand(where),
      new CreateLogStreamCommand(where),
      new DeleteLogGroupCommand({ logGroupName: GROUP }),
      new FilterLogEventsCommand({ logGroupName: GROUP }),
      new DescribeLogStreamsCommand({ logGroupName: GROUP }),
      batch,
    ]) {
      expect(await answered(logs().send(command as GetLogEventsCommand))).toEqual(NO_GROUP);
    }
    await aStream("other");
    expect(await answered(logs().send(batch))).toEqual(NO_STREAM);
    expect(await answered(logs().send(new DeleteLogStreamCommand(where)))).toEqual(NO_STREAM);
    expect(await answered(logs().send(new CreateLogGroupCommand({ logGroupName: GROUP })))).toEqual([
      "ResourceAlreadyExistsException",
      "The specified log group already exists",
    ]);
    const again = new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: "other" });
    expect(await answered(logs().send(again))).toEqual([
      "ResourceAlreadyExistsException",
      "The specified log stream already exists",
    ]);
  });

  test("name what is wrong with a request", async () => {
    await aStream();
    const filter = (more: object) =>
      answered(logs().send(new FilterLogEventsCommand({ logGroupName: GROUP, ...more })));
    expect(await answered(logs().send(new CreateLogGroupCommand({ logGroupName: "no good" })))).toEqual(
      invalid(
        "1 validation error detected: Value 'no good' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
      ),
    );
    expect(await answered(logs().send(new CreateLogGroupCommand({ logGroupName: "aws/x" })))).toEqual(
      invalid("Log groups starting with AWS/ are reserved for AWS."),
    );
    expect(await filter({ nextToken: "x" })).toEqual(invalid("The specified nextToken is invalid."));
    expect(await filter({ filterPattern: "{ $.a = 1 }" })).toEqual(
      invalid("Filter patterns for JSON events are not supported by this server."),
    );
    expect(await filter({ logStreamNames: ["none"] })).toEqual(NO_STREAM);
    const days = new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 2 });
    expect((await answered(logs().send(days)))[1]).toContain("Member must satisfy enum value set: [1, 3, 5,");
    const query = new StartQueryCommand({ queryString: "fields @message", startTime: 0, endTime: 1 });
    expect((await answered(logs().send(query)))[0]).toBe("UnsupportedOperationException");
  });

  test("keep a caller to the groups and streams of the policy", async () => {
    const keys = await writerOf("web");
    await aStream("web/app/1");
    await aStream("job/app/1");
    const events = [{ message: "x", timestamp: Date.now() }];
    const send = (logStreamName: string) =>
      api
        .clients(keys)
        .logs.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents: events }));
    await send("web/app/1");
    const { code, message } = await refusal(send("job/app/1"));
    expect(code).toBe("AccessDeniedException");
    expect(message).toContain(`logs:PutLogEvents on resource: ${ARN}:${GROUP}:log-stream:job/app/1`);
    const described = api.clients(keys).logs.send(new DescribeLogStreamsCommand({ logGroupName: GROUP }));
    await expect(described).resolves.toBeDefined();
    const remove = api.clients(keys).logs.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    expect((await refusal(remove)).code).toBe("AccessDeniedException");
  });
});

/** May write to streams of one prefix, and see the group. */
async function writerOf(prefix: string): Promise<Keys> {
  const { iam } = api.clients();
  const UserName = "writer";
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "logs:PutLogEvents", Resource: `${ARN}:${GROUP}:log-stream:${prefix}/*` },
      { Effect: "Allow", Action: "logs:DescribeLogStreams", Resource: `${ARN}:${GROUP}:*` },
    ],
  });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "write", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}
