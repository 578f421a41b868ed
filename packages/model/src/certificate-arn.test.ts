import { expect, test } from "vitest";
import { certificateArn, parseCertificateArn } from "./certificate-arn.ts";

const place = { accountId: "111122223333", region: "eu-west-1" };

test("a certificate is found again by its ARN", () => {
  expect(parseCertificateArn(certificateArn(place, "12ab"))).toEqual({ place, id: "12ab" });
});

test.each([
  "12ab",
  "arn:aws:acm:eu-west-1:111122223333:certificate/",
  "arn:aws:acm:eu-west-1:111122223333:certificate/a/b",
  "arn:aws:iam::111122223333:server-certificate/a",
])("%j is no certificate's", (text) => {
  expect(parseCertificateArn(text)).toBeNull();
});
