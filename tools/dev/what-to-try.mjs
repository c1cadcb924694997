/** What a newcomer reads when everything runs. */
import { relative } from 'node:path';
import { bold, dim, green } from './console.mjs';

const TASK = '{"taskid":"8900","description":"DiPocket v. is about to be deployed to PROD"}';

const TALK =
  '{"speaker":{"name":"Ada Lovelace","email":"ada@example.com","bio":"Writes programs for an engine.","country":"GB"},' +
  '"title":"Notes on the Engine","track":"Backend",' +
  '"description":"What a machine can do that only follows what it is told, and what it never will."}';
const ORDER = '{"regId":"my-phone","items":[{"name":"tea","quantity":2}]}';

/** @param {import('./stack.mjs').Stack} stack @returns {string} */
export const whatToTry = ({ url, keys, logs }) => `
${green('Ready:')} ${bold(url)}

  1. Raise a FlexDeploy task that somebody has to approve:

     curl -X POST --data '${TASK}' -H "Content-type: application/json" ${url}/api/orchestrators/NotifyOnTask

  2. Press Approve on its Slack message, and see FlexDeploy's task change:  ${bold(`${url}/sandbox`)}

  3. Ask how it went (the id is in the answer to 1):  curl -i ${url}/api/status/<id>

  4. Count the different people in a table, which takes a while:

     curl "${url}/api/submit/query?s=10/10/2021&e=10/12/2021"

  5. Submit a talk, which is moderated, shortlisted and selected (follow it as in 3):

     curl -X POST --data '${TALK}' -H "Content-type: application/json" ${url}/api/submit

  6. Order something, see the pushes on the device, and accept the change there, or with the id of the answer:

     curl -X POST --data '${ORDER}' -H "Content-type: application/json" ${url}/api/orders
     curl -X POST ${url}/api/Approve/<id>

  7. Upload a file, approve it twice, and get a link to it that is good for an hour:

     curl --data-binary @README.md -H "Content-type: text/markdown" "${url}/api/file/add?name=README.md"
     curl -X POST ${url}/api/approve/<fileId>
     curl -X POST ${url}/api/approve/download/<fileId>
     curl ${url}/api/download/<fileId>

  Callers on this machine start workflows without a key. Where one is wanted, send it as x-functions-key:
     function  ${keys.functionKey}
     host      ${keys.hostKey}
     system    ${keys.systemKey}  (manages instances; npm run keys makes others)
  FlexDeploy of the sandbox: user countersign, password ${keys.flexdeployPassword}
  Logs: ${relative(process.cwd(), logs) || '.'}/<service>.log
  ${dim('Ctrl-C stops everything. What waits for a decision goes on at the next start.')}
`;
