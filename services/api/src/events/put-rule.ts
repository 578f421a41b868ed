/** events:PutRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
import { PutRule$, type PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { findRule, listRules, putRule as writeRule } from "@roadstead/db/event-rules";
import { ruleArn } from "@roadstead/model/event-arn";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { readPattern } from "./read-pattern.ts";
import { authorizeRule, checkBus, passRole, RULES_MAX } from "./subject.ts";
import { withTags } from "./tags.ts";

export const putRule = operation<PutRuleCommand>(PutRule$, {
  authorize: (request) => [
    authorizeRule("PutRule")(request),
    ...(request.input.RoleArn ? [passRole(request.input.RoleArn)] : []),
  ],
  async handle({ input, ctx }) {
    const { Name: name = "", EventPattern: pattern, State: state = "ENABLED" } = input;
    checkBus(ctx, input.EventBusName);
    if (input.ScheduleExpression) throw eventErrors.unsupported("Rules that run on a schedule are");
    if (!pattern) {
      throw eventErrors.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.");
    }
    if (state !== "ENABLED" && state !== "DISABLED") throw eventErrors.unsupported(`The state ${state} is`);
    readPattern(pattern);
    const { Description: description = null, RoleArn: roleArn = null } = input;
    await ctx.db.write(async (tx) => {
      const isNew = (await findRule(tx, ctx.scope.id, name)) === null;
      const all = isNew ? await listRules(tx, { scopeId: ctx.scope.id, prefix: "", targetArn: null }) : [];
      if (all.length >= RULES_MAX) throw eventErrors.tooMany();
      const tags = withTags([], input.Tags);
      await writeRule(tx, ctx.scope.id, { name, pattern, state, description, roleArn, tags });
    });
    return { RuleArn: ruleArn(ctx.scope, name) };
  },
});
