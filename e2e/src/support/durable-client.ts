/** The client of Durable Functions, as it is: what the host would tell it comes from here. */
import { type DurableClient, getClient, input } from 'durable-functions';
import type { Management } from './management';

type Context = Parameters<typeof getClient>[0];

/** Stands for the instance id in the addresses that the host tells. */
const ID = 'INSTANCEID';

export function durableClient({ prefix }: Management, key: string): DurableClient {
  // Without a host name the client takes itself to be on port 7071.
  process.env['WEBSITE_HOSTNAME'] = new URL(prefix).host;
  const query = `taskHub=countersign&connection=Storage&code=${encodeURIComponent(key)}`;
  const instance = `${prefix}/instances/${ID}`;
  const binding = input.durableClient();
  const data = {
    taskHubName: 'countersign',
    creationUrls: {
      createNewInstancePostUri: `${prefix}/orchestrators/{functionName}[/{instanceId}]?${query}`,
      createAndWaitOnNewInstancePostUri: `${prefix}/orchestrators/{functionName}[/{instanceId}]?timeout={timeoutInSeconds}&${query}`,
    },
    managementUrls: {
      id: ID,
      statusQueryGetUri: `${instance}?${query}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
      rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
      purgeHistoryDeleteUri: `${instance}?${query}`,
      suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
      resumePostUri: `${instance}/resume?reason={text}&${query}`,
    },
    baseUrl: prefix,
    requiredQueryStringParameters: query,
  };
  const context = { options: { extraInputs: [binding] }, extraInputs: new Map([[binding, data]]) };
  return getClient(context as unknown as Context);
}
