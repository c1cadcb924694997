/** The clients of status-api, and what they poll. */
import './collect';
import { JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { config } from './config';
import { burst, hold } from './polls/holds';
import { pages } from './polls/pages';
import { closePollers } from './polls/poller';
import { storm } from './polls/storm';
import { drain, fill, gets } from './polls/stored';
import type { Load, PollCommand } from './protocol';
import { takeCommands } from './take-commands';

const connection = await JetStreamConnection.open({ servers: config.natsUrl, name: 'bench-pollers' });
const logs = new ShardLogs(connection, config.shards);

function run(command: PollCommand): Promise<Load> {
  switch (command.kind) {
    case 'fill':
      return fill(logs, command);
    case 'gets':
      return gets(connection, command);
    case 'storm':
      return storm(command);
    case 'hold':
      return hold(logs, command);
    case 'burst':
      return burst(logs, command);
    case 'drain':
      return drain(connection, command);
    case 'pages':
      return pages(command);
  }
}

takeCommands(run, async () => {
  await closePollers();
  logs.close();
  await connection.close();
});
