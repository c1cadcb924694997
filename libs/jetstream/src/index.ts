export { Activity } from './activities/activity.decorator';
export type { ActivityContext } from './activities/activity-context';
export { ActivityServer, type ActivityServerOptions } from './activities/activity-server';
export { Broadcast } from './broadcast';
export {
  type InstanceView,
  type StartOutcome,
  type StartRequest,
  WorkflowClient,
  workflowOf,
} from './client';
export { type ConnectionSettings, JetStreamConnection } from './connection';
export { expectTopology } from './expected-topology';
export { InstanceHistory, type StoredHistory } from './history';
export { onHint } from './hints';
export { consumeInputs, type InputConsumer, type InputOptions } from './inputs';
export { stepsBetween, type StoredStep } from './journal';
export { JetStreamLog } from './log';
export { JetStreamModule, type JetStreamSettings } from './module';
export { DeadLetters, type PutBack, type StoredLetter } from './operator/dead-letters';
export { type ParkedInstance, parkedInstances } from './operator/parked-instances';
export { deploymentStreams, Snapshots, type StreamSnapshot } from './operator/snapshots';
export type { TaskOfLetter } from './operator/task-of-letter';
export { type Permissions, permissionsOf } from './permissions';
export { type ReportedProgress, readProgress } from './progress';
export type { PipelinedPublisher } from './publisher';
export { type Figures, QueueFigures } from './queue-figures';
export { allServed } from './served';
export { ShardLogs } from './shard-logs';
export { type FeedBatch, type FeedRecord, type FeedStream, type Follower, StepFeed } from './step-feed';
export { contextOf, isRecorded, spanContextOf, traceIdOf, traceOf } from './trace-context';
export { type Durability, ensureTopology, type Topology } from './topology';
