import {
  type DeadLetter,
  InstanceSubjects,
  parseTaskSubject,
  shardOf,
  streamName,
  type TaskAddress,
} from '@countersign/contracts';
import { isTerminal, type OutgoingMessage, type Step } from '@countersign/workflow';
import { expiryOf, leaderGet, storedMessage } from '../leader-get';
import type { ShardLogs } from '../shard-logs';

/** What is left of the task that a dead letter tells of; everything as the leader of its stream knows it. */
export type TaskOfLetter =
  /** Somebody waits for it. `message` puts it back, on the condition that nothing happens to it meanwhile. */
  | { readonly kind: 'waiting'; readonly shard: number; readonly message: OutgoingMessage }
  /** A newer message is in its place, at `seq`. */
  | { readonly kind: 'already'; readonly seq: number }
  /** Nobody waits for it. `why` is one sentence, `advice` another. */
  | { readonly kind: 'lost'; readonly why: string; readonly advice: string };

const DISCARD = 'Discard the letter.';

/** @throws CodedError `StorageUnavailable` */
export async function taskOf(letter: DeadLetter, logs: ShardLogs): Promise<TaskOfLetter> {
  const address = addressOf(letter.subject);
  if (address === undefined || shardOf(address.instanceId, logs.shards) !== address.shard)
    return lost(`no instance of this deployment has a task on "${letter.subject}"`);
  const { shard, instanceId } = address;
  const stream = streamName(shard);
  const stored = await leaderGet(logs.requests, stream, { last_by_subj: letter.subject });
  if (stored !== undefined && stored.seq > letter.seq) return { kind: 'already', seq: stored.seq };
  const step = await logs.at(shard).last(new InstanceSubjects(shard, instanceId).step);
  const nobody = whyNobodyWaits(step && (JSON.parse(step.body) as Step), address);
  if (nobody !== undefined) return nobody;
  // Without the old message there is nothing to make a condition of: it may just have been withdrawn.
  if (stored?.seq !== letter.seq)
    return lost(
      `the message ${letter.seq} of ${stream} is there no more`,
      'Its activity fails when its time is over, and the workflow goes on from there.',
    );
  const expiry = expiryOf(stored);
  const message = {
    subject: letter.subject,
    body: storedMessage(stored).body,
    expectedLast: letter.seq,
    rollup: true,
    ...(expiry !== undefined && { ttl: expiry - Date.now() }),
  };
  return { kind: 'waiting', shard, message };
}

/** Undefined where the subject is not one that a coordinator gives a task. */
export function addressOf(subject: string): TaskAddress | undefined {
  try {
    const address = parseTaskSubject(subject);
    const { shard, instanceId, queue, activity, run, n } = address;
    const isOurs = new InstanceSubjects(shard, instanceId).task(queue, activity, run, n) === subject;
    return isOurs ? address : undefined;
  } catch {
    return undefined;
  }
}

function whyNobodyWaits(
  step: Step | undefined,
  { instanceId, run, n, activity }: TaskAddress,
): TaskOfLetter | undefined {
  const instance = `the instance ${instanceId}`;
  if (step === undefined || step.purged) return lost(`${instance} is gone`);
  if (step.run !== run) return lost(`${instance} was restarted since`);
  if (step.status === 'Failed')
    return lost(
      `${instance} has failed`,
      `Rewind it (POST /runtime/webhooks/durabletask/instances/${encodeURIComponent(instanceId)}/rewind), ` +
        'which decides anew what failed; then discard the letter.',
    );
  if (isTerminal(step.status)) return lost(`${instance} is over (${step.status})`);
  if (!step.tasks?.includes(n))
    return lost(
      `${instance} waits no more for ${activity} (${run}-${n}): it was cancelled, or its time was over`,
    );
  return undefined;
}

const lost = (why: string, advice = DISCARD): TaskOfLetter => ({ kind: 'lost', why, advice });
