/** Starts the page: strict content security policies allow no script in the page itself. */
const START = `SwaggerUIBundle({
  url: 'docs/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
`;

interface Asset {
  readonly type: string;
  /** Loaded when it is first asked for: most processes never are. */
  read(): Promise<string>;
}

/** What the page loads, by name; all of it from here, nothing from a CDN. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  'swagger-ui.css': {
    type: 'text/css; charset=utf-8',
    read: async () => (await import('swagger-ui-dist/swagger-ui.css')).default,
  },
  'swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    read: async () => (await import('swagger-ui-dist/swagger-ui-bundle.js')).default,
  },
  'start.js': { type: 'text/javascript; charset=utf-8', read: () => Promise.resolve(START) },
};
