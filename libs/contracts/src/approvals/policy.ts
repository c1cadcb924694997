/** How an approval is asked for, and who may decide it. Every field may be left out: then anybody who gets the message decides. */
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { Nested } from '../nested';

const YEAR = 365 * 24 * 3600;

/** The channels that there is a notifier for. */
export const CHANNELS = ['slack', 'email'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A decision that came through one of these doors proves possession of the link, and no person. */
export const ANONYMOUS_DOORS: readonly string[] = ['page', 'http'];

/** Some people, by the ids under which a channel or a key identifies them. Both lists empty: anybody. */
export class Approvers {
  /** Slack user ids (`U…`), or callers of the HTTP API (`key:` and the key's name). */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  users?: string[];

  /** Slack user group ids (`S…`); who is a member is asked when somebody decides. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  groups?: string[];
}

/** Where an approval is asked for. */
export class Route {
  /** Default: the application's own. */
  @IsOptional()
  @IsIn(CHANNELS)
  channel?: ChannelName;

  /** Where in the channel: a Slack channel id, an e-mail address. Default: the notifier's own setting. */
  @IsOptional()
  @IsString()
  @Length(1, 320)
  to?: string;
}

/** What happens when nobody decides for a while: it is asked again, elsewhere, and others may decide, too. */
export class Escalation extends Route {
  /** Seconds after it was asked for. */
  @IsInt()
  @Min(1)
  @Max(YEAR)
  afterSeconds!: number;

  /** May decide from then on, beside those who could before. */
  @IsOptional()
  @Nested(() => Approvers)
  approvers?: Approvers;
}

/** A quorum that the listed approvers can reach. Groups are not counted: their members change. */
const IsReachable = () =>
  ValidateBy({
    name: 'isReachable',
    validator: {
      validate: (quorum: unknown, args) => {
        const { approvers } = args?.object as ApprovalPolicy;
        const users = approvers?.users ?? [];
        const closed = users.length > 0 && (approvers?.groups ?? []).length === 0;
        return !closed || typeof quorum !== 'number' || quorum <= new Set(users).size;
      },
      defaultMessage: () => 'quorum must not be more than there are approvers',
    },
  });

export class ApprovalPolicy extends Route {
  /** Life of the approval in seconds. Default: the application's own. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(YEAR)
  ttlSeconds?: number;

  /** Asks again every so many seconds; less and less often after thirty times. Default: never. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(YEAR)
  remindEverySeconds?: number;

  @IsOptional()
  @Nested(() => Escalation)
  escalation?: Escalation;

  /** Who may decide. Default: whoever gets the message. */
  @IsOptional()
  @Nested(() => Approvers)
  approvers?: Approvers;

  /** How many different people must approve; one rejection rejects. Default: 1. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(20)
  @IsReachable()
  quorum?: number;

  /** Who asked for it may not decide it. Default: false. */
  @IsOptional()
  @IsBoolean()
  noSelfApproval?: boolean;

  /** Who rejects must say why. Default: false. */
  @IsOptional()
  @IsBoolean()
  reasonOnReject?: boolean;
}
