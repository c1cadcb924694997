import document from '@countersign/openapi';
import { PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const get = (path: string) => fetch(ingestion.url + path);

/** What an ingress sends elsewhere. */
const isElsewhere = (path: string): boolean => /^\/(api\/(status|operations)|runtime)\//.test(path);

const here = Object.entries(document.paths)
  .filter(([path]) => !isElsewhere(path))
  .flatMap(([path, item]) => Object.keys(item).map((method) => [method.toUpperCase(), path] as const));

describe('the document', () => {
  it('names the address of this deployment, and is otherwise the committed one', async () => {
    const answer = await get('/api/docs/openapi.json');
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({ ...document, servers: [{ url: PUBLIC_URL }] });
  });

  it.each(here)('describes a route that exists: %s %s', async (method, path) => {
    const url = ingestion.url + path.replace(/\{\w+\}/g, 'some');
    const answer = await fetch(url, { method, headers: { accept: 'application/json' } });
    expect(await answer.text()).not.toContain(`There is no ${method}`);
  });
});

describe('the page', () => {
  it('may load and run only what comes from here', async () => {
    const { headers } = await get('/api/docs');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; /,
    );
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('has every part that it loads', async () => {
    const page = await (await get('/api/docs')).text();
    const parts = [...page.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, part]) => part);
    expect(parts.length).toBeGreaterThanOrEqual(4);
    for (const part of parts) expect((await get(`/api/${part}`)).status).toBe(200);
    expect(page).not.toMatch(/<script>|style=|https?:/);
  });

  it.each([
    ['swagger-ui.css', 'text/css', '.swagger-ui'],
    ['swagger-ui-bundle.js', 'text/javascript', 'SwaggerUIBundle'],
    ['start.js', 'text/javascript', 'SwaggerUIBundle('],
  ])('serves %s as it is', async (name, type, content) => {
    const answer = await get(`/api/docs/${name}`);
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(await answer.text()).toContain(content);
  });

  it.each(['package.json', 'toString', '__proto__', '..%2Fpage'])('has no part %s', async (name) => {
    expect((await get(`/api/docs/${name}`)).status).toBe(404);
  });
});
