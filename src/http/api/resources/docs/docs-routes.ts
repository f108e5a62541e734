import { z } from '@hono/zod-openapi';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { docsAsset, docsAssetNames } from '../../../docs/docs-asset.ts';
import { docsPage } from '../../../docs/docs-page.ts';
import { errorsPage } from '../../../docs/errors-page.ts';

const params = z.strictObject({ file: z.enum(docsAssetNames) });

/** Scripts only from this server, none inline; nothing is loaded from anywhere else. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = (html: string): Response =>
  new Response(html, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': PAGE_POLICY },
  });

/** The pages people read: the API to try out, and what each error means. */
export function docsRoutes(): ApiRoute[] {
  const common = { method: 'get', tag: 'Docs', permission: 'public', documented: false } as const;
  return [
    defineRoute({
      ...common,
      paths: ['/docs'],
      operationIds: ['docs'],
      summary: 'The API to read and try out',
      answers: { 200: { description: 'A page.', mediaType: 'text/html' } },
      handle: () => page(docsPage()),
    }),
    defineRoute({
      ...common,
      paths: ['/docs/errors'],
      operationIds: ['docsErrors'],
      summary: 'What each error code means',
      answers: { 200: { description: 'A page.', mediaType: 'text/html' } },
      handle: () => page(errorsPage()),
    }),
    defineRoute({
      ...common,
      paths: ['/docs/assets/{file}'],
      operationIds: ['docsAsset'],
      summary: 'A file of the pages',
      params,
      answers: { 200: { description: 'The file.', mediaType: '*/*' } },
      handle: ({ params }) => docsAsset(params.file),
    }),
  ];
}
