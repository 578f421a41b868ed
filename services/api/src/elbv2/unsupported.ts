/** Operations of Elastic Load Balancing that are not built, each with its reason; they answer a non-retryable error. */

export const unsupported = {
  AddTrustStoreRevocations: "not built yet",
  CreateTrustStore: "not built yet",
  DeleteSharedTrustStoreAssociation: "not built yet",
  DeleteTrustStore: "not built yet",
  DescribeTrustStoreAssociations: "not built yet",
  DescribeTrustStoreRevocations: "not built yet",
  DescribeTrustStores: "not built yet",
  GetResourcePolicy: "not built yet",
  GetTrustStoreCaCertificatesBundle: "not built yet",
  GetTrustStoreRevocationContent: "not built yet",
  ModifyCapacityReservation: "not built yet",
  ModifyIpPools: "not built yet",
  ModifyTrustStore: "not built yet",
  RemoveTrustStoreRevocations: "not built yet",
  SetIpAddressType: "not built yet",
} as const;
