import { Decisions, SlackDoor } from '@countersign/decisions';
import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { ApiKeysModule, Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AboutController } from './about/about.controller';
import { ApiDocsController } from './api-docs/api-docs.controller';
import { Callers } from './callers/callers';
import type { IngestionConfig } from './config';
import { ActionOnTokenController } from './decisions/action-on-token.controller';
import { ApprovalPageController } from './decisions/page/approval-page.controller';
import { SlackActionsController } from './decisions/slack/slack-actions.controller';
import { EmptyBodies } from './http/empty-bodies';
import { DecideFile } from './files/approvals/decide-file';
import { DecideFileController } from './files/approvals/decide-file.controller';
import { DownloadFile } from './files/download/download-file';
import { DownloadController } from './files/download/download.controller';
import { FileStorage } from './files/file-storage.client';
import { UploadFile } from './files/upload/upload-file';
import { UploadController } from './files/upload/upload.controller';
import { FlexDeployUsers } from './flexdeploy/flexdeploy-users';
import { ReceiveEvent } from './flexdeploy/receive-event';
import { WebhookController } from './flexdeploy/webhook.controller';
import { AnswerOrder } from './orders/answer-order';
import { AnswerOrderController } from './orders/answer-order.controller';
import { OrdersController } from './orders/orders.controller';
import { SubmitQueryController } from './queries/submit-query.controller';
import { ApprovalRules } from './rules/approval-rules';
import { AnswerStart } from './starts/answer-start';
import { StartWorkflow } from './starts/start-workflow';
import { StartsController } from './starts/starts.controller';
import { SubmitTalkController } from './submissions/submit-talk.controller';

@Module({})
class IngestionModule {
  constructor(readiness: Readiness, connection: JetStreamConnection) {
    readiness.register('nats', () => connection.connected || 'NATS is out of reach');
  }
}

export const ingestionModule = (config: Readonly<IngestionConfig>): DynamicModule => ({
  module: IngestionModule,
  imports: [
    ApiKeysModule.forRoot(config.keysFile),
    JetStreamModule.forRoot({
      name: 'ingestion',
      ...config.jetstream,
    }),
  ],
  controllers: [
    AboutController,
    ApiDocsController,
    StartsController,
    SubmitQueryController,
    SubmitTalkController,
    OrdersController,
    AnswerOrderController,
    ActionOnTokenController,
    ApprovalPageController,
    SlackActionsController,
    WebhookController,
    UploadController,
    DecideFileController,
    DownloadController,
  ],
  providers: [
    EmptyBodies,
    Callers,
    ApprovalRules,
    StartWorkflow,
    AnswerStart,
    Decisions,
    SlackDoor,
    FlexDeployUsers,
    ReceiveEvent,
    AnswerOrder,
    FileStorage,
    UploadFile,
    DecideFile,
    DownloadFile,
  ],
});
