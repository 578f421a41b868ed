/** The protocols that the SDK's clients may be told to speak; tests of services with several speak each. */
import { AwsJson1_0Protocol, AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";

export const CLIENT_PROTOCOLS = [
  ["JSON, which the SDK speaks", AwsJson1_0Protocol],
  ["CBOR, which the AWS CLI speaks", SmithyRpcV2CborProtocol],
  ["forms, which the Terraform provider speaks", AwsQueryProtocol],
] as const;
