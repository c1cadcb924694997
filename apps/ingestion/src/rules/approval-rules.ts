import { ApprovalPolicy } from '@countersign/contracts';
import { type FieldError, Problem, validated, WatchedFile } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { matches } from './matches';
import { APPROVAL_WORKFLOWS, type ApprovalRule, parseRules } from './rules-file';

/** Seconds after which a start that the rules do not allow may be tried again: the operator may have mended them. */
const MENDED_AFTER = 60;

/**
 * What the operator says of approvals, whoever starts them: the first rule that matches a start adds its
 * policy. What a rule says wins over what the request says of the same thing.
 */
@Injectable()
export class ApprovalRules implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('ApprovalRules');
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
      parse: (text) => this.read(text),
      summary: (rules) => ({ rules: rules.length }),
    });
  }

  onModuleDestroy(): void {
    this.file?.close();
  }

  /**
   * The input with the policy that the rules make of it.
   *
   * @throws Problem 400: what the rules say and what the request says do not go together; 503: what two
   *   rules say does not, which the operator has to mend
   */
  async applied(workflow: string, input: Json): Promise<Json> {
    if (!APPROVAL_WORKFLOWS.includes(workflow)) return input;
    const rules = (this.file?.content ?? []).filter((rule) => matches(rule, workflow, input));
    if (rules.length === 0) return input;
    const ruled = rules.map(({ approval }) => approval).reduceRight(overlaid);
    const { approval = {}, ...rest } = input as { approval?: ApprovalPolicy };
    const contradictions = await problemsIn(ruled);
    if (contradictions.length > 0) throw this.contradiction(contradictions);
    const policy = overruled(approval, ruled);
    const misfits = await problemsIn(policy);
    if (misfits.length > 0) throw misfit(misfits);
    return { ...rest, approval: policy as unknown as Json };
  }

  private read(text: string): readonly ApprovalRule[] {
    const rules = parseRules(text);
    rules.forEach(({ approval }, n) => {
      if (!isForKeysOnly(approval)) return;
      this.logger.warn(
        `rules.${n} asks by e-mail and says who may decide, but the page behind a mail's link cannot tell who ` +
          'somebody is: only callers of the HTTP API with a key can decide that.',
      );
    });
    return rules;
  }

  private contradiction(problems: readonly FieldError[]): Problem {
    const detail = `The rules of this installation contradict each other: ${said(problems)}.`;
    this.logger.error(`${detail} See APPROVAL_RULES_FILE.`);
    return new Problem(503, detail, { headers: { 'retry-after': String(MENDED_AFTER) } });
  }
}

/** A page proves possession of its link, and no person. */
const isForKeysOnly = ({
  channel,
  escalation,
  approvers,
  quorum = 1,
  noSelfApproval,
}: ApprovalPolicy): boolean =>
  channel === 'email' &&
  (escalation?.channel ?? 'email') === 'email' &&
  (approvers !== undefined || quorum > 1 || noSelfApproval === true);

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

/** What each field lacks, as part of an input. */
async function problemsIn(policy: ApprovalPolicy): Promise<readonly FieldError[]> {
  try {
    await validated(ApprovalPolicy).transform(policy, { type: 'body' });
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return (error.more.errors ?? []).map(({ field, message }) => ({ field: `approval.${field}`, message }));
  }
}

const misfit = (errors: readonly FieldError[]): Problem =>
  new Problem(400, `The request does not fit the rules of this installation: ${said(errors)}.`, { errors });

const said = (errors: readonly FieldError[]): string =>
  errors.map(({ field, message }) => `${field} ${message}`).join('; ');
