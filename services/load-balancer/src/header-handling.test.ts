import { expect, test } from "vitest";
import { headerHandling } from "./header-handling.ts";

test("without attributes headers are handled as AWS does by default", () => {
  expect(headerHandling({}, {})).toEqual({
    dropInvalid: false,
    forwardedFor: "append",
    tellClientPort: false,
    tellTls: false,
    tellServer: true,
    ofAnswers: [],
  });
});

test("attributes of the balancer and of the listener are obeyed, and an empty header is none", () => {
  const ofBalancer = {
    "routing.http.drop_invalid_header_fields.enabled": "true",
    "routing.http.xff_header_processing.mode": "remove",
    "routing.http.xff_client_port.enabled": "true",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "true",
  };
  const ofListener = {
    "routing.http.response.strict_transport_security.header_value": "max-age=31536000",
    "routing.http.response.x_frame_options.header_value": "",
    "routing.http.response.server.enabled": "false",
  };
  expect(headerHandling(ofBalancer, ofListener)).toEqual({
    dropInvalid: true,
    forwardedFor: "remove",
    tellClientPort: true,
    tellTls: true,
    tellServer: false,
    ofAnswers: [{ name: "Strict-Transport-Security", value: "max-age=31536000" }],
  });
});
