import { ApprovalPolicy } from '@countersign/contracts';
import { Problem, validated, WatchedFile } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { matches } from './matches';
import { APPROVAL_WORKFLOWS, type ApprovalRule, parseRules } from './rules-file';

/**
 * What the operator says of approvals, whoever starts them: the first rule that matches a start adds its
 * policy. What a rule says wins over what the request says of the same thing.
 */
@Injectable()
export class ApprovalRules implements OnModuleInit, OnModuleDestroy {
  private file: WatchedFile<readonly ApprovalRule[]> | undefined;

  constructor(private readonly config: IngestionConfig) {}

  /** @throws CodedError `RulesInvalid`, `FileUnreadable` */
  async onModuleInit(): Promise<void> {
    const file = this.config.approvalRulesFile;
    if (file === undefined) return;
    this.file = await WatchedFile.open({
      file,
      name: 'file of approval rules',
      setting: 'APPROVAL_RULES_FILE',
      parse: parseRules,
      summary: (rules) => ({ rules: rules.length }),
    });
  }

  onModuleDestroy(): void {
    this.file?.close();
  }

  /**
   * The input with the policy that the rules make of it.
   *
   * @throws Problem 400: what a rule says and what the request says do not go together
   */
  async applied(workflow: string, input: Json): Promise<Json> {
    if (!APPROVAL_WORKFLOWS.includes(workflow)) return input;
    const rules = (this.file?.content ?? []).filter((rule) => matches(rule, workflow, input));
    if (rules.length === 0) return input;
    const ruled = rules.map(({ approval }) => approval).reduceRight(overlaid);
    const { approval = {}, ...rest } = input as { approval?: ApprovalPolicy };
    const policy = await checked(overruled(approval, ruled));
    return { ...rest, approval: JSON.parse(JSON.stringify(policy)) as Json };
  }
}

/** Field by field; a place belongs to the channel that was named with it. */
function overlaid({ to, ...lower }: ApprovalPolicy, upper: ApprovalPolicy): ApprovalPolicy {
  return { ...lower, ...(to !== undefined && upper.channel === undefined && { to }), ...upper };
}

/**
 * The same; and where rules say who is asked, or who may decide, the request may not add others by an
 * escalation.
 */
function overruled({ escalation, ...requested }: ApprovalPolicy, rules: ApprovalPolicy): ApprovalPolicy {
  const isSettled = rules.channel !== undefined || rules.approvers !== undefined;
  return overlaid({ ...requested, ...(escalation !== undefined && !isSettled && { escalation }) }, rules);
}

async function checked(policy: ApprovalPolicy): Promise<ApprovalPolicy> {
  try {
    return await validated(ApprovalPolicy).transform(policy, { type: 'body' });
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause;
    const errors = (cause.more.errors ?? []).map(({ field, message }) => ({
      field: `approval.${field}`,
      message,
    }));
    const what = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new Problem(400, `The request does not fit the rules of this installation: ${what}.`, {
      errors,
      cause,
    });
  }
}
