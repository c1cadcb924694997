import { html } from './html';

describe('the html template', () => {
  it('escapes every text that is put in', () => {
    expect(html`<a title="${`"'`}">${'<script>&'}</a>`.text).toBe(
      '<a title="&quot;&#39;">&lt;script&gt;&amp;</a>',
    );
  });

  it('takes what it made itself as it is, lists included, and undefined and false for nothing', () => {
    const items = ['<a>', 'b'].map((text) => html`<i>${text}</i>`);
    expect(html`<p>${items}${undefined}${false}${0}</p>`.text).toBe('<p><i>&lt;a&gt;</i><i>b</i>0</p>');
  });

  it('keeps backslashes', () => {
    expect(html`${'a\\nb'}`.text).toBe('a\\nb');
  });
});
