import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The files the pages may load. */
export const docsAssetNames = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
  'start.js',
  'page.css',
] as const;

/** One of them. */
export type DocsAssetName = (typeof docsAssetNames)[number];

const START_SCRIPT = `window.addEventListener('load', () => {
  window.SwaggerUIBundle({
    url: document.querySelector('#swagger-ui').dataset.document,
    dom_id: '#swagger-ui',
    deepLinking: true,
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
  });
});
`;

const PAGE_STYLE = `body { margin: 0 auto; max-width: 70rem; padding: 0 1rem; }
body { font-family: sans-serif; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #ccc; padding: 0.4rem 1rem 0.4rem 0; text-align: left; }
tr:target { background: #fff3c4; }
`;

const mediaTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
};

/** Answers one file; it is read when it is asked for, so that start-up does not pay for it. */
export async function docsAsset(name: DocsAssetName): Promise<Response> {
  const type = mediaTypes[name.slice(name.lastIndexOf('.') + 1)] as string;
  const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=3600' };
  return new Response(await content(name), { headers });
}

async function content(name: DocsAssetName): Promise<string | Uint8Array<ArrayBuffer>> {
  if (name === 'start.js') return START_SCRIPT;
  if (name === 'page.css') return PAGE_STYLE;
  const entry = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
  return readFile(join(dirname(entry), name));
}
