import { Journal } from '../journal/journal';
import { Mailbox } from '../mail/mailbox';
import { MailColumn } from './mail.column';

const MAIL = {
  at: '2026-01-02T03:04:05.000Z',
  from: 'a@example.com',
  to: 'b@example.com',
  subject: 'Approval',
};

function columnOf(...mails: object[]): string[] {
  const mailbox = new Mailbox(new Journal({} as never));
  mails.forEach((mail, i) => mailbox.receive({ ...MAIL, id: String(i), text: '', ...mail }));
  return new MailColumn(mailbox).cards().map(({ markup }) => markup.text);
}

it.each([
  ['Go to https://a.example/x?y=1&z=2.', 'https://a.example/x?y=1&amp;z=2', '.'],
  ['(https://a.example/x)', 'https://a.example/x', ')'],
  ['https://a.example/approvals/abc\nBye', 'https://a.example/approvals/abc', '\nBye'],
])('makes the address in %j a link', (text, href, after) => {
  expect(columnOf({ text })[0]).toContain(
    `<a href="${href}" target="_blank" rel="noopener noreferrer">${href}</a>${after}`,
  );
});

it('lets no markup of a message through', () => {
  const evil = '<img src=x onerror=alert(1)> javascript:alert(1) https://a.example/"onmouseover="alert(1)';
  const [card] = columnOf({ text: evil, subject: evil, fromName: evil, to: evil });
  expect(card).not.toMatch(/<img|href="javascript|"onmouseover/);
});

it('shows a thread as one card, oldest first, and a message that came twice once', () => {
  const first = { messageId: '<1>', text: 'the question' };
  const cards = columnOf(
    first,
    first,
    { messageId: '<9>', text: 'another' },
    { messageId: '<2>', inReplyTo: '<1>', references: '<1>', text: 'the answer' },
  );
  expect(cards).toHaveLength(2);
  expect(cards[0]).toMatch(/the question[\s\S]+the answer/);
  expect(cards[0]?.match(/the question/g)).toHaveLength(1);
  expect(cards[1]).toContain('another');
});
