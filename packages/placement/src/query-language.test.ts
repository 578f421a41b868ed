import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileLinearRegex } from "./linear-regex.ts";
import { evaluateExpression, parseExpression, type QuerySubjects } from "./query-language.ts";

const subjects: QuerySubjects = {
  agentConnected: true,
  agentVersion: "1.90.2",
  ec2InstanceId: null,
  registeredAtMs: Date.parse("2020-06-18T12:00:00Z"),
  runningTasksCount: 10,
  attributes: [
    { name: "ecs.instance-type", value: "t2.small" },
    { name: "stack", value: "prod" },
    { name: "ssd", value: null },
  ],
  taskCountByGroup: { "service:web": 2, "service:gone": 0 },
};

const ask = (text: string) => {
  const parsed = parseExpression(text);
  return parsed.ok ? evaluateExpression(parsed.expression, subjects) : parsed.error;
};

describe("an expression answers as documented", () => {
  test.each([
    ["attribute:stack == prod", true],
    ["attribute:stack equals 'prod'", true],
    ['attribute:stack == "prod"', true],
    ["attribute:stack==prod&&agentConnected==true", true],
    ["attribute:stack != prod", false],
    ["attribute:stack not_equals test", true],
    ["attribute:none != prod", false],
    ["not(attribute:none == prod)", true],
    ["!attribute:none == prod", true],
    ["attribute:ssd exists", true],
    ["attribute:none exists", false],
    ["attribute:none !exists", true],
    ["attribute:none not_exists", true],
    ["attribute:stack in [test, prod]", true],
    ["attribute:stack in test, prod", true],
    ["attribute:stack !in [test, prod]", false],
    ["attribute:stack not_in [test]", true],
    ["attribute:none !in [test]", false],
    ["attribute:ecs.instance-type =~ t2.*", true],
    ["attribute:ecs.instance-type =~ t2\\.(small|medium)", true],
    ["(attribute:ecs.instance-type =~ t2.*)", true],
    ["attribute:ecs.instance-type matches t2", false],
    ["attribute:ecs.instance-type !~ g2.*", true],
    ["agentVersion >= 1.9", true],
    ["agentVersion < 1.100.0", true],
    ["agentVersion == v1.90.2", true],
    ["ec2InstanceId exists", false],
    ["registeredAt > 2018-06-18", true],
    ["registeredAt <= 2020-06-18T14:00:00+02:00", true],
    ["registeredAt less_than 2020-06-18", false],
    ["runningTasksCount greater_than 9", true],
    ["runningTasksCount > 10", false],
    ["task:group == service:web", true],
    ["task:group == service:gone", false],
    ["not(task:group == service:web)", false],
    ["task:group != service:web", false],
    ["task:group != service:db", true],
    ["task:group =~ service:.*", true],
    ["task:group in [service:a, service:web]", true],
    ["attribute:stack == test or attribute:stack == prod and agentConnected == true", true],
    ["(attribute:stack == prod or attribute:none exists) and agentConnected == false", false],
    ["attribute:stack == prod || attribute:none exists && agentConnected == false", true],
  ])("%s is %s", (text, expected) => expect(ask(text)).toBe(expected));
});

describe("a broken expression says what is wrong", () => {
  test.each([
    ["", /empty/],
    ["attribute:stack", /operator expected at position 16/],
    ["attribute:stack ==", /value expected/],
    ["attribute:stack == 'prod", /quotation/],
    ["stack == prod", /unknown subject stack/],
    ["constructor == prod", /unknown subject/],
    ["attribute: == prod", /unknown subject/],
    ["(attribute:stack == prod", /"\)" expected/],
    ["attribute:stack == prod)", /unexpected text/],
    ["attribute:stack == prod prod", /unexpected text/],
    ["attribute:stack in [prod", /"]" expected/],
    ["runningTasksCount > many", /not a number/],
    ["registeredAt > yesterday", /not a date/],
    ["agentVersion > new", /not a version|is not a version/],
    ["attribute:stack =~ (a", /unclosed|unexpected/],
    ["attribute:stack =~ (?=a)", /unsupported group/],
    ["attribute:stack =~ '(a)\\1'", /unsupported escape/],
    [`${"(".repeat(200)}x`, /nested deeper/],
    [`attribute:stack == ${"x".repeat(2_000)}`, /longer than/],
  ])("%s", (text, expected) => expect(ask(text)).toMatch(expected));
});

describe("regular expressions", () => {
  const matches = (pattern: string, value: string) => {
    const regex = compileLinearRegex(pattern);
    return regex.ok && regex.matches(value);
  };
  const piece = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "(a|b)",
    "(?:ab)",
    "(a|)",
    "\\w",
    "^",
    "$",
    "(a*)",
    "((a|b)+)",
  );
  const arbPattern = fc
    .array(fc.tuple(piece, fc.constantFrom("", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?")), {
      maxLength: 4,
    })
    .map((parts) => parts.map(([atom, times]) => (/^[\^$]$/.test(atom) ? atom : atom + times)).join(""));
  const arbValue = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 }).map((chars) => chars.join(""));

  test("match what the built-in engine fully matches", () => {
    fc.assert(
      fc.property(arbPattern, arbPattern, arbValue, (left, right, value) => {
        const pattern = `${left}|${right}`;
        expect(matches(pattern, value), pattern).toBe(new RegExp(`^(?:${pattern})$`).test(value));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    "(a*)*b",
    "(a|a)*b",
    "(a+)+b",
    "((a{1,9}){1,9}){1,9}b",
    "(((){99}){99}){99}b",
    "(.*)*(.*)*(.*)*b",
  ])("%s takes bounded time", (pattern) => {
    const before = process.cpuUsage();
    expect(matches(pattern, "a".repeat(1_500))).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

test("whatever the text, parsing answers and does not throw", () => {
  const words = [
    "attribute:a",
    "==",
    "=~",
    "in",
    "[",
    "]",
    "(",
    ")",
    "not",
    "!",
    "and",
    "||",
    ",",
    "'",
    '"',
    "\\",
    "{1,3}",
    "*",
    "x",
    " ",
  ];
  const arbText = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(arbText, (text) => ["boolean", "string"].includes(typeof ask(text))),
    { numRuns: 20_000 },
  );
});
