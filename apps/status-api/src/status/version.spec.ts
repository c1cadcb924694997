import { digestOf, etagOf, KnownVersions, parseVersion, versionText } from './version';

const version = { seq: 7, progress: 9, digest: digestOf({ status: 'Running' }) };
const tag = etagOf(version);
const older = etagOf({ ...version, seq: 3, progress: 20 });

describe('what a client knows already', () => {
  it.each([tag, `W/${tag}`, `${older}, W/${tag} , "5"`])('If-None-Match: %s holds the version', (header) => {
    const known = new KnownVersions(header);
    expect([known.has(version), known.hasState(version)]).toEqual([true, true]);
    expect(known.newest).toMatchObject({ seq: 7, progress: 9 });
  });

  it('is every version for *', () => {
    const known = new KnownVersions('*');
    expect([known.has(version), known.hasState(version), known.newest.seq]).toEqual([true, true, 0]);
  });

  it.each([
    undefined,
    '',
    '7',
    '"x"',
    '"7-9"',
    tag.slice(1),
    tag.replace('7', '-7'),
    tag.replace('7', '9'.repeat(20)),
  ])('is nothing for %s', (header) => {
    const known = new KnownVersions(header);
    expect([known.has(version), known.hasState(version), known.newest.seq]).toEqual([false, false, 0]);
  });

  it('tells another step and other progress from another state', () => {
    const known = new KnownVersions(tag);
    expect([known.has({ ...version, seq: 8 }), known.hasState({ ...version, seq: 8 })]).toEqual([
      false,
      true,
    ]);
    expect([known.has({ ...version, progress: 10 })]).toEqual([false]);
    expect(known.hasState({ ...version, digest: digestOf({ status: 'Completed' }) })).toBe(false);
  });
});

it('a version reads back from its text', () => {
  expect(parseVersion(versionText(version))).toEqual(version);
});
