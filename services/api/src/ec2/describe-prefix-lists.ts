/** ec2:DescribePrefixLists. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html */
import { DescribePrefixLists$, type DescribePrefixListsCommand } from "@aws-sdk/client-ec2";
import { listing } from "./allowed.ts";
import { ec2Operation } from "./operation.ts";
import { noneOf } from "./unrecorded.ts";

export const describePrefixLists = ec2Operation<DescribePrefixListsCommand>(DescribePrefixLists$, {
  authorize: listing("DescribePrefixLists"),
  async handle({ input }) {
    noneOf(input.PrefixListIds, "InvalidPrefixListId.NotFound", "prefix list ID");
    return { PrefixLists: [] };
  },
});
