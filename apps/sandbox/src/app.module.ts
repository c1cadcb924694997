import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { FaultBoard } from './control/fault-board';
import { FAULT_PLACES, FaultMiddleware } from './control/fault.middleware';
import { FcmControlController } from './control/fcm-control.controller';
import { FlexDeployControlController } from './control/flexdeploy-control.controller';
import { MailControlController } from './control/mail-control.controller';
import { SandboxControlController } from './control/sandbox-control.controller';
import { SlackControlController } from './control/slack-control.controller';
import { SocketsControlController } from './control/sockets-control.controller';
import { ViewsControlController } from './control/views-control.controller';
import { AccessTokens } from './fcm/access-tokens';
import { CustomerApp } from './fcm/customer-app';
import { Devices } from './fcm/devices';
import { MessagesController } from './fcm/messages.controller';
import { OauthController } from './fcm/oauth.controller';
import { RaiseTask } from './flexdeploy/raise-task';
import { RestController } from './flexdeploy/rest.controller';
import { Tasks } from './flexdeploy/tasks';
import { Webhook } from './flexdeploy/webhook';
import { IngestionClient } from './ingestion/ingestion.client';
import { Journal } from './journal/journal';
import { MailServer } from './mail/mail-server';
import { Mailbox } from './mail/mailbox';
import { COLUMNS, type Column } from './page/column';
import { DeviceColumn } from './page/device.column';
import { Dialogs } from './page/dialogs';
import { FlexDeployColumn } from './page/flexdeploy.column';
import { MailColumn } from './page/mail.column';
import { PageController } from './page/page.controller';
import { SlackColumn } from './page/slack.column';
import { SlackDirectory } from './page/slack-directory';
import { Snapshots } from './page/snapshot';
import { Delivery } from './slack/delivery';
import { Interactivity } from './slack/interactivity';
import { OwnAddress } from './slack/own-address';
import { ResponseUrlController } from './slack/response-url.controller';
import { SocketMode } from './slack/socket-mode';
import { Submissions } from './slack/submissions';
import { Triggers } from './slack/triggers';
import { Views } from './slack/views';
import { WebApi } from './slack/web-api';
import { WebApiController } from './slack/web-api.controller';
import { Workspace } from './slack/workspace';

const slack = {
  controllers: [WebApiController, ResponseUrlController],
  providers: [
    Workspace,
    Views,
    Triggers,
    WebApi,
    OwnAddress,
    SocketMode,
    Delivery,
    Interactivity,
    Submissions,
  ],
};
const flexdeploy = { controllers: [RestController], providers: [Tasks, RaiseTask, Webhook] };
const fcm = {
  controllers: [OauthController, MessagesController],
  providers: [AccessTokens, Devices, CustomerApp],
};
const mail = [Mailbox, MailServer];
const control = {
  controllers: [
    SlackControlController,
    ViewsControlController,
    SocketsControlController,
    FlexDeployControlController,
    FcmControlController,
    MailControlController,
    SandboxControlController,
  ],
  providers: [FaultBoard],
};
const columns = {
  provide: COLUMNS,
  useFactory: (...all: readonly Column[]) => all,
  inject: [SlackColumn, FlexDeployColumn, DeviceColumn, MailColumn],
};
const page = {
  controllers: [PageController],
  providers: [
    SlackDirectory,
    Dialogs,
    SlackColumn,
    FlexDeployColumn,
    DeviceColumn,
    MailColumn,
    columns,
    Snapshots,
  ],
};

@Module({
  controllers: [
    ...slack.controllers,
    ...flexdeploy.controllers,
    ...fcm.controllers,
    ...control.controllers,
    ...page.controllers,
  ],
  providers: [
    Journal,
    IngestionClient,
    ...slack.providers,
    ...flexdeploy.providers,
    ...fcm.providers,
    ...mail,
    ...control.providers,
    ...page.providers,
  ],
})
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const places = FAULT_PLACES.map(([place]) => `${place.slice(1)}*path`);
    consumer.apply(FaultMiddleware).forRoutes(...places);
  }
}
