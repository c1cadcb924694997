import { signatureProblem, slackSignature, type SignedRequest } from './slack-signature';

const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const timestamp = '1531420618';
const now = Number(timestamp);
const body = Buffer.from('payload=%7B%22type%22%3A%22block_actions%22%7D');
const signed: SignedRequest = { timestamp, signature: slackSignature(secret, timestamp, body), body };

describe("Slack's signature", () => {
  it("is the one of Slack's own documented example", () => {
    const documented =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
      '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
      '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
      '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    expect(slackSignature(secret, timestamp, documented)).toBe(
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    );
  });

  it('is accepted within five minutes, both ways', () => {
    expect(signatureProblem(secret, signed, now)).toBeUndefined();
    expect(signatureProblem(secret, signed, now + 300)).toBeUndefined();
    expect(signatureProblem(secret, signed, now - 300)).toBeUndefined();
  });

  it.each([
    ['old', signed, now + 301],
    ['from the future', signed, now - 301],
    ['without a signature', { ...signed, signature: undefined }, now],
    ['without a timestamp', { ...signed, timestamp: undefined }, now],
    ['without a body', { ...signed, body: undefined }, now],
    ['with another body', { ...signed, body: Buffer.from('payload=other') }, now],
    ['with another timestamp', { ...signed, timestamp: String(now + 1) }, now],
    ['with a cut signature', { ...signed, signature: signed.signature?.slice(0, -1) }, now],
    ['with a timestamp that is no number', { ...signed, timestamp: 'now' }, now],
    ['signed with another secret', { ...signed, signature: slackSignature('x', timestamp, body) }, now],
  ] satisfies [string, SignedRequest, number][])('is refused when the request is %s', (_, request, at) => {
    expect(signatureProblem(secret, request, at)).toEqual(expect.any(String));
  });
});
