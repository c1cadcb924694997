/** What `npm audit --json` says, and what of it counts. */

/** Advisories of these severities fail the build. */
const COUNTS = ['high', 'critical'];

/**
 * @typedef {object} Accepted an advisory that was looked at and does no harm here
 * @property {string} id as in its address: GHSA-…
 * @property {string} reason
 * @property {string} until day (YYYY-MM-DD) after which it has to be looked at again
 */

/**
 * @typedef {object} Verdict
 * @property {boolean} answered whether the registry knows audits; nothing was checked if not
 * @property {readonly string[]} problems
 * @property {readonly string[]} notes
 */

/**
 * @param {string} text what npm wrote
 * @param {readonly Accepted[]} accepted
 * @param {string} today YYYY-MM-DD
 * @returns {Verdict}
 */
export function verdictOf(text, accepted, today) {
  const report = parsed(text);
  if (!report.vulnerabilities)
    return { answered: false, problems: [], notes: [`The registry answers no audit: ${whyNot(report)}`] };
  const found = advisoriesIn(report.vulnerabilities).filter(({ severity }) => COUNTS.includes(severity));
  const standing = accepted.filter(({ until }) => until >= today);
  const isAccepted = (/** @type {string} */ id) => standing.some((one) => one.id === id);
  const notes = standing
    .filter(({ id }) => found.some((one) => one.id === id))
    .map(({ id, reason, until }) => `${id} is accepted until ${until}: ${reason}`);
  const open = found
    .filter(({ id }) => !isAccepted(id))
    .map(({ id, name, severity, title, range }) => `${name} ${range}: ${title} (${severity}, ${id})`);
  const idle = accepted
    .filter(({ id }) => !found.some((one) => one.id === id))
    .map(({ id }) => `${id} is accepted and concerns nothing any more: take it off the list`);
  return { answered: true, problems: [...open, ...idle], notes };
}

/** @typedef {{ source?: number, name: string, title: string, url: string, severity: string, range: string }} Via */
/** @typedef {{ vulnerabilities?: Record<string, { via: readonly (Via | string)[] }>, message?: string }} Report */

/** @param {string} text @returns {Report} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: 'npm wrote no report' };
  }
}

/** @param {Report} report */
const whyNot = ({ message = 'no reason was given' }) => message;

/** Each advisory once; where a package is concerned only through another one, npm names that one. @param {NonNullable<Report['vulnerabilities']>} vulnerabilities */
function advisoriesIn(vulnerabilities) {
  const all = Object.values(vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((via) => typeof via === 'object')
    .map((via) => ({ ...via, id: via.url.split('/').at(-1) ?? via.url }));
  return [...new Map(all.map((one) => [one.id, one])).values()];
}
