/** What a newcomer reads when everything runs. */
import { relative } from 'node:path';
import { bold, dim, green } from './console.mjs';

const TASK = '{"taskid":"8900","description":"DiPocket v. is about to be deployed to PROD"}';

/** @param {import('./stack.mjs').Stack} stack @returns {string} */
export const whatToTry = ({ url, keys, logs }) => `
${green('Ready:')} ${bold(url)}

  1. Raise a FlexDeploy task that somebody has to approve:

     curl -X POST --data '${TASK}' -H "Content-type: application/json" ${url}/api/orchestrators/NotifyOnTask

  2. Press Approve on its Slack message, and see FlexDeploy's task change:  ${bold(`${url}/sandbox`)}

  3. Ask how it went (the id is in the answer to 1):  curl -i ${url}/api/status/<id>

  Callers on this machine need no key; where one is wanted: x-functions-key: ${keys.functionKey}
  FlexDeploy of the sandbox: user countersign, password ${keys.flexdeployPassword}
  Logs: ${relative(process.cwd(), logs) || '.'}/<service>.log
  ${dim('Ctrl-C stops everything. What waits for a decision goes on at the next start.')}
`;
