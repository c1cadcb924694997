import { Snapshots } from '@countersign/jetstream';
import { CodedError } from '@countersign/workflow';
import { BackupFolder } from '../backup-folder';
import type { Command } from '../command';

export const restore: Command = {
  usage: 'restore FOLDER',
  about: 'makes every stream anew from a backup, in a store that has none of them',
  options: {},
  operands: [1, 1],
  details: `  FOLDER   that of a backup; it is read as a whole before anything is restored

Stop every service first: a coordinator would make empty streams. What happened after the backup is forgotten, and
what instances then do, they do again.`,
  makesStreams: true,
  async run({ logs, operands: [path = ''], out }) {
    const folder = new BackupFolder(path);
    const snapshots = new Snapshots(logs.connection);
    const { shards, streams } = await folder.checked();
    if (shards !== logs.shards)
      throw new CodedError(
        'WrongShardCount',
        `The backup is of a deployment with SHARDS=${shards}. Set that.`,
      );
    for (const { stream } of streams) if (await snapshots.exists(stream)) throw notEmpty(stream);
    for (const saved of streams) {
      await snapshots.restore(saved.stream, saved, folder.chunks(saved.stream));
      out(`${saved.stream}  restored up to message ${saved.state.last_seq}\n`);
    }
    return true;
  },
};

const notEmpty = (stream: string): CodedError =>
  new CodedError(
    'StreamExists',
    `There is a stream ${stream}. A restore goes into an empty store: stop every service, throw the store away ` +
      '(what a broken-off restore left, too), and begin again.',
  );
