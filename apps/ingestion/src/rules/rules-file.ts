/**
 * The operator's rules for approvals: `{ "rules": [{ workflow?, when?, approval }] }`.
 *
 * ```json
 * {"rules": [
 *   {"when": {"Environment": "PROD*"}, "approval": {"channel": "email", "to": "ops@example.com", "quorum": 2}},
 *   {"workflow": "NotifyOnTask", "approval": {"reasonOnReject": true}}
 * ]}
 * ```
 */
import {
  ApprovalPolicy,
  notifyOnTask,
  processFile,
  processSubmission,
  requestApproval,
  type Route,
} from '@countersign/contracts';
import { asShape, jsonObjectIn } from '@countersign/service';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsObject, IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import { globOf } from './glob';

/** The workflows whose input has an approval policy. */
export const APPROVAL_WORKFLOWS: readonly string[] = [
  notifyOnTask,
  requestApproval,
  processSubmission,
  processFile,
].map(({ name }) => name);

/** One rule, ready to be matched. */
export interface ApprovalRule {
  /** Undefined: every workflow that has an approval policy. */
  readonly workflow: string | undefined;
  /** All must match: label of a fact or path of a field, and the pattern of its value. */
  readonly when: readonly (readonly [label: string, value: RegExp])[];
  readonly approval: Readonly<ApprovalPolicy>;
}

/** Patterns by label: texts of at least one character. */
const ArePatterns = () =>
  ValidateBy({
    name: 'arePatterns',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        Object.entries(value).every(
          ([label, glob]) => label !== '' && typeof glob === 'string' && glob !== '',
        ),
      defaultMessage: () => 'must give a text, with * for any part of it, for each label',
    },
  });

/** A place in a channel means nothing in another one. */
const HasChannelOfItsPlace = () =>
  ValidateBy({
    name: 'hasChannelOfItsPlace',
    validator: {
      validate: (value: unknown) =>
        isWhole(value as ApprovalPolicy) && isWhole((value as ApprovalPolicy)?.escalation),
      defaultMessage: () => 'must name the channel, too, where it says to',
    },
  });

const isWhole = (route: Route | undefined): boolean => route?.to === undefined || route.channel !== undefined;

class RuleEntry {
  @IsOptional()
  @IsIn(APPROVAL_WORKFLOWS)
  workflow?: string;

  @IsOptional()
  @IsObject()
  @ArePatterns()
  // Else a label `constructor` would be taken for the object's.
  @Type(() => Object)
  when?: Record<string, string>;

  @ValidateNested()
  @HasChannelOfItsPlace()
  @IsObject()
  @Type(() => ApprovalPolicy)
  approval!: ApprovalPolicy;
}

class RulesFile {
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @IsArray()
  @Type(() => RuleEntry)
  rules!: RuleEntry[];
}

const KIND = { code: 'RulesInvalid' };

/** @throws CodedError `RulesInvalid`: names everything that is wrong */
export function parseRules(text: string): readonly ApprovalRule[] {
  const { rules } = asShape(RulesFile, jsonObjectIn(text, KIND), KIND);
  return rules.map(({ workflow, when, approval }) => ({
    workflow,
    when: Object.entries(when ?? {}).map(([label, glob]) => [label, globOf(glob)] as const),
    // Without what was left out: the class has those fields, too, and a rule says nothing of them.
    approval: JSON.parse(JSON.stringify(approval)) as ApprovalPolicy,
  }));
}
