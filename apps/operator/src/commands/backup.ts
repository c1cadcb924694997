import { deploymentStreams, Snapshots } from '@countersign/jetstream';
import { BackupFolder, type SavedStream } from '../backup-folder';
import type { Command } from '../command';

export const backup: Command = {
  usage: 'backup FOLDER',
  about: 'copies every stream to files, while everything runs',
  options: {},
  operands: [1, 1],
  details: `  FOLDER   a new one, or an empty one; it is for this backup alone

Each stream is consistent in itself. FOLDER/backup.json is written last: without it there is no backup.`,
  async run({ logs, operands: [path = ''], out }) {
    const folder = new BackupFolder(path);
    const snapshots = new Snapshots(logs.connection);
    const at = new Date().toISOString();
    await folder.create();
    const streams: SavedStream[] = [];
    for (const stream of deploymentStreams(logs.shards)) {
      const saved = await folder.save(stream, (write) => snapshots.take(stream, write));
      streams.push(saved);
      out(`${stream}  ${saved.state.messages} messages, ${saved.bytes} bytes\n`);
    }
    await folder.finish({ format: 1, at, shards: logs.shards, streams });
    return true;
  },
};
