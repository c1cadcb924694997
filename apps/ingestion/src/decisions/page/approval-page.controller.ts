import { DecisionRequest } from '@countersign/contracts';
import { answerOf, Decisions } from '@countersign/decisions';
import { ApiOperation, validated } from '@countersign/service';
import { Body, Controller, Get, Headers, Param, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IngestionConfig } from '../../config';
import { clickOf } from '../click';
import { decideOnPage, showApproval } from '../decisions.api';
import { verdictReply } from '../verdict-reply';
import { openPage, verdictPage } from './approval-page';
import { PageFilter } from './page.filter';
import { asPage, wantsPage } from './page-reply';

/** The approval page: for approvers without Slack. Looking decides nothing; only the form does. */
@Controller('approvals')
@UseFilters(PageFilter)
export class ApprovalPageController {
  constructor(
    private readonly decisions: Decisions,
    private readonly config: IngestionConfig,
  ) {}

  @Get(':token')
  @ApiOperation(showApproval)
  async show(@Param('token') token: string, @Res({ passthrough: true }) reply: FastifyReply) {
    const approval = await this.decisions.find(token);
    return approval.kind === 'open'
      ? asPage(reply, 200, openPage(approval, Date.now()))
      : asPage(reply, answerOf(approval).status, verdictPage(approval));
  }

  @Post(':token')
  @ApiOperation(decideOnPage)
  async decide(
    @Param('token') token: string,
    @Body(validated(DecisionRequest)) body: DecisionRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('accept') accept?: string,
  ) {
    const verdict = await this.decisions.decide(token, clickOf(body, 'page'));
    return wantsPage(accept)
      ? asPage(reply, answerOf(verdict).status, verdictPage(verdict))
      : verdictReply(reply, this.config, verdict);
  }
}
