import { moderate, type Review, select, shortlist, Talk } from '@countersign/contracts';
import { Activity } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { TalkReviewerConfig } from './config';
import { review, type Rules, rulesOf } from './rules';

/** Reviews talks by the rules of rules.ts. The same talk gets the same answer however often it is asked for. */
@Controller()
export class ReviewTalkHandlers {
  private readonly rules: Rules;

  constructor(config: TalkReviewerConfig) {
    this.rules = rulesOf(config);
  }

  @Activity(moderate)
  async moderate(talk: Talk): Promise<Review> {
    return review(this.rules.moderation, talk);
  }

  @Activity(shortlist)
  async shortlist(talk: Talk): Promise<Review> {
    return review(this.rules.shortlisting, talk);
  }

  @Activity(select)
  async select(talk: Talk): Promise<Review> {
    return review(this.rules.selection, talk);
  }
}
