import { mrkdwn, plainText } from './mrkdwn';

const directory = {
  person: (id: string) => (id === 'U1' ? 'Ada <b>' : id),
  channel: (id: string) => (id === 'C1' ? 'deployments' : id),
  group: (id: string) => (id === 'S1' ? 'release' : id),
};
const render = (text: string) => mrkdwn(text, directory).text;
const link = (url: string, label: string) =>
  `<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;

it.each([
  ['*bold* _italic_ ~gone~', '<strong>bold</strong> <em>italic</em> <s>gone</s>'],
  ['*bold _and italic_*', '<strong>bold <em>and italic</em></strong>'],
  ['2 * 3 * 4, snake_case_name, a*b*c', '2 * 3 * 4, snake_case_name, a*b*c'],
  ['one\ntwo', 'one<br>two'],
  ['&gt; quoted\nnot', '<blockquote>quoted</blockquote>not'],
  [':white_check_mark: :no_such_emoji: 10:30:00', '✅ :no_such_emoji: 10:30:00'],
  ['`*not bold*`', '<code>*not bold*</code>'],
  ['```a\n  b &lt;c&gt;```', '<pre>a\n  b &lt;c&gt;</pre>'],
  ['<https://a.example/x?y=1&amp;z=2|*Open*>', link('https://a.example/x?y=1&amp;z=2', '*Open*')],
  ['*<https://a.example|bold link>*', `<strong>${link('https://a.example', 'bold link')}</strong>`],
  ['<https://a.example>', link('https://a.example', 'https://a.example')],
  [
    '<@U1> in <#C1>, <!here>',
    '<span class="mention">@Ada &lt;b&gt;</span> in <span class="mention">#deployments</span>, <span class="mention">@here</span>',
  ],
  ['<!subteam^S1>', '<span class="mention">@release</span>'],
  ['\uE0000\uE000 `once`', '0 <code>once</code>'],
  ['AT&amp;T &lt;b&gt; &amp;amp;', 'AT&amp;T &lt;b&gt; &amp;amp;'],
])('shows %j as Slack does', (text, expected) => {
  expect(render(text).replace(/\s+(?=<\/a|target|rel)/g, ' ')).toBe(expected);
});

it('shows a date on the reader’s clock, and its fallback when it is none', () => {
  expect(render('Due <!date^1893553445^{date_short}|soon>')).toBe('Due <time>2 Jan 2030</time>');
  expect(render('Due <!date^never^{date_short}|soon &amp; &lt;b&gt;>')).toBe(
    'Due <time>soon &amp; &lt;b&gt;</time>',
  );
});

it.each([
  '<script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '`<img src=x onerror=alert(1)>`',
  '```<img src=x onerror=alert(1)>```',
  '*<img src=x onerror=alert(1)>*',
  '<javascript:alert(1)|Click>',
  '<data:text/html,<b>|Click>',
  '<https://a.example/"onmouseover="alert(1)|Click>',
  '<@"><img src=x>',
  '<!date^1^{<img src=x>}|<img src=x>>',
  '\uE0000\uE000 `<b>`',
])('lets no markup of the text through: %j', (text) => {
  const own =
    /<\/?(strong|em|s|br|code|pre|blockquote|time|span|a)( (class|href|target|rel)="[^"<>]*")*\s*>/g;
  for (const markup of [render(text), plainText(text).text]) {
    expect(markup.replace(own, '')).not.toMatch(/[<>"]/);
    expect(markup).not.toMatch(/href="(?!https?:)/);
  }
});
