import { describe, expect, test } from "vitest";
import { flatten, xmlText, xmlTexts } from "./api-query.ts";

describe("flatten", () => {
  const input = { Name: "a", Rules: [{ Port: 80, Groups: ["x", "y"] }], Open: true };

  test("counts lists from one, as EC2 reads them", () =>
    expect(flatten(input, "")).toEqual([
      ["Name", "a"],
      ["Rules.1.Port", "80"],
      ["Rules.1.Groups.1", "x"],
      ["Rules.1.Groups.2", "y"],
      ["Open", "true"],
    ]));

  test("names members of lists, as load balancing and IAM read them", () =>
    expect(flatten(input, "member.").map(([name]) => name)).toEqual([
      "Name",
      "Rules.member.1.Port",
      "Rules.member.1.Groups.member.1",
      "Rules.member.1.Groups.member.2",
      "Open",
    ]));
});

describe("xmlTexts", () => {
  const xml = "<A><item><Id>a&amp;lt;&#x41;</Id></item><item><Id>b</Id><IdOther>c</IdOther></item><Id/></A>";

  test("gives every text of that element alone, read once", () =>
    expect(xmlTexts(xml, "Id")).toEqual(["a&lt;A", "b"]));

  test("says which element an answer lacks", () => expect(() => xmlText(xml, "Arn")).toThrow("has no Arn"));
});
