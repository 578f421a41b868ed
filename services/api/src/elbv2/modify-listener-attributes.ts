/** elasticloadbalancing:ModifyListenerAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html */
import {
  ModifyListenerAttributes$,
  type ModifyListenerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateListener } from "@roadstead/db/listeners";
import { operation } from "../operation.ts";
import { listenerAttributes, renderAttributes, withAttributes } from "./attributes.ts";
import { onResource } from "./authorize.ts";
import { heldListener } from "./subject.ts";

export const modifyListenerAttributes = operation<ModifyListenerAttributesCommand>(
  ModifyListenerAttributes$,
  {
    authorize: ({ input, ctx }) => onResource(ctx, "ModifyListenerAttributes", input.ListenerArn),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const { listener } = await heldListener(tx, ctx, input.ListenerArn);
        const attributes = withAttributes(listenerAttributes, listener.attributes, input.Attributes);
        await updateListener(tx, { ...listener, attributes });
        return { Attributes: renderAttributes(listenerAttributes, attributes) };
      }),
  },
);
