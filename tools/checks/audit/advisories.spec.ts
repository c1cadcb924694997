import { verdictOf } from './advisories.mjs';

const TODAY = '2026-06-01';
const advisory = (id: string, severity: string) => ({
  source: 1,
  name: 'parser',
  title: 'It reads too much',
  url: `https://github.com/advisories/${id}`,
  severity,
  range: '<2.0.0',
});
/** As npm 7 and later report it; `server` is concerned through `parser`. */
const report = (...via: object[]) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { parser: { name: 'parser', via }, server: { name: 'server', via: ['parser'] } },
  });
const accepted = { id: 'GHSA-1', reason: 'Only our own files are parsed.', until: '2026-07-01' };

it('names each grave advisory once, and lets the others pass', () => {
  const text = report(advisory('GHSA-1', 'high'), advisory('GHSA-1', 'high'), advisory('GHSA-2', 'moderate'));
  expect(verdictOf(text, [], TODAY)).toEqual({
    answered: true,
    problems: ['parser <2.0.0: It reads too much (high, GHSA-1)'],
    notes: [],
  });
});

it('lets an accepted one pass until its day, and says why', () => {
  const text = report(advisory('GHSA-1', 'critical'));
  expect(verdictOf(text, [accepted], TODAY)).toEqual({
    answered: true,
    problems: [],
    notes: ['GHSA-1 is accepted until 2026-07-01: Only our own files are parsed.'],
  });
  expect(verdictOf(text, [accepted], '2026-07-02').problems).toHaveLength(1);
});

it('keeps no accepted advisory that concerns nothing', () => {
  expect(verdictOf(report(), [accepted], TODAY).problems).toEqual([
    'GHSA-1 is accepted and concerns nothing any more: take it off the list',
  ]);
});

it.each([
  ['an error', '{"message": "405 Method Not Allowed", "statusCode": 405}', '405 Method Not Allowed'],
  ['no report', 'npm error', 'npm wrote no report'],
  ['nothing', '', 'npm wrote no report'],
])('takes %s for no answer', (_, text, why) => {
  expect(verdictOf(text, [], TODAY)).toEqual({
    answered: false,
    problems: [],
    notes: [`The registry answers no audit: ${why}`],
  });
});
