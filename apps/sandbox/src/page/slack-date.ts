/** `<!date^timestamp^format^link|fallback>`: Slack shows a time as the reader's own clock has it. */

const FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  date_pretty: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short_pretty: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long_pretty: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
};

/** @param token `!date^1392734382^Due {date_short} {time}` */
export function dateText(token: string, fallback = ''): string {
  const [, seconds = '', format = ''] = token.split('^');
  const date = new Date(Number(seconds) * 1000);
  if (!/^\d+$/.test(seconds) || Number.isNaN(date.getTime())) return fallback;
  return format.replace(/\{(\w+)\}/g, (all, name: string) => {
    const options = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    return options === undefined ? all : date.toLocaleString('en-GB', options);
  });
}
