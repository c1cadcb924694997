import { DEPLOYMENT_BUCKET, nobodysStep, streamName } from '@countersign/contracts';
import { directGetLast } from './api-subjects';
import type { JetStreamConnection } from './connection';
import { checkShardCount, SHARDS_SUBJECT } from './deployment';
import { untilThere } from './until-there';

/** How long one look may take, in milliseconds. */
const LOOK_TIMEOUT = 2000;
const NOT_FOUND = 404;

/**
 * For a service whose user may not make anything: waits until the deployment and the stream of every shard are there.
 * (What consumes waits for its consumer by itself.)
 *
 * @param patience for each of them, in milliseconds; default: a minute
 * @throws CodedError `TopologyMissing`, `WrongShardCount`; the reason why the process leaves
 */
export async function expectTopology(
  connection: JetStreamConnection,
  { shards }: { readonly shards: number },
  patience?: number,
): Promise<void> {
  const waiting = { patience, leaving: connection.leaving };
  const count = () => newest(connection, `KV_${DEPLOYMENT_BUCKET}`, SHARDS_SUBJECT);
  const { body } = await untilThere('The shard count', async () => found(await count()), waiting);
  checkShardCount(body, shards);
  for (let shard = 0; shard < shards; shard++) {
    const stream = streamName(shard);
    await untilThere(`The stream ${stream}`, () => newest(connection, stream, nobodysStep(shard)), waiting);
  }
}

interface Answer {
  /** Missing where the stream is there, but holds no such message. */
  readonly body?: string;
}

/** Throws where there is no such stream: nobody answers then. */
async function newest({ nc }: JetStreamConnection, stream: string, subject: string): Promise<Answer> {
  const answer = await nc.request(directGetLast(stream, subject), '', { timeout: LOOK_TIMEOUT });
  return answer.headers?.code === NOT_FOUND ? {} : { body: answer.string() };
}

const found = ({ body }: Answer): { readonly body: string } | undefined =>
  body === undefined ? undefined : { body };
