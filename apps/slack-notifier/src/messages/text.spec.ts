import { escape, escapeExceptMentions, fit, time } from './text';

describe('text for Slack', () => {
  it('calls nobody and links nothing', () => {
    expect(escape('<!channel> & <https://evil|ok>')).toBe('&lt;!channel&gt; &amp; &lt;https://evil|ok&gt;');
  });

  it('names people and user groups where our own words do, and nothing else', () => {
    expect(escapeExceptMentions('<@U1> & <!subteam^S0RELEASE> <!channel> <@u1|x> <https://evil|ok>')).toBe(
      '<@U1> &amp; <!subteam^S0RELEASE> &lt;!channel&gt; &lt;@u1|x&gt; &lt;https://evil|ok&gt;',
    );
  });

  it('stays whole where it fits after escaping', () => {
    expect(fit('a & b', 9)).toBe('a &amp; b');
  });

  it('is shortened visibly, within the limit, where it does not fit', () => {
    const text = fit('x'.repeat(5000), 3000);
    expect(text).toHaveLength(3000);
    expect(text).toMatch(/^x+… \(shortened\)$/);
  });

  it('is never cut inside an escaped character or a surrogate pair', () => {
    for (let limit = 13; limit < 80; limit++) {
      const text = fit('&👋<'.repeat(20), limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text).toMatch(/^(&amp;|👋|&lt;)*… \(shortened\)$/u);
    }
  });

  it('tells a time in the reader’s zone, with UTC to fall back on', () => {
    expect(time('2030-01-02T04:04:05.000+01:00')).toBe(
      '<!date^1893553445^{date_short_pretty} {time}|2030-01-02 03:04 UTC>',
    );
  });
});
