/** ec2:DescribeManagedPrefixLists. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html */
import { DescribeManagedPrefixLists$, type DescribeManagedPrefixListsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Operation } from "./operation.ts";
import { noneOf } from "./unrecorded.ts";

export const describeManagedPrefixLists = ec2Operation<DescribeManagedPrefixListsCommand>(
  DescribeManagedPrefixLists$,
  {
    authorize: listing("DescribeManagedPrefixLists"),
    async handle({ input }) {
      noneOf(input.PrefixListIds, "InvalidPrefixListID.NotFound", "prefix list ID");
      return { PrefixLists: [] };
    },
  },
);
