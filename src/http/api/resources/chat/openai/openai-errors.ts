import { z } from '@hono/zod-openapi';
import type { ErrorForm } from '../../../framework/define-route.ts';

/** Errors as clients of OpenAI read them; `param` is the first field that is wrong. */
export const openaiErrors: ErrorForm = {
  mediaType: 'application/json; charset=utf-8',
  schema: z.looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
    }),
  }),
  body: ({ detail, code, status, errors }) => {
    const type = status >= 500 ? 'server_error' : 'invalid_request_error';
    const [first] = errors ?? [];
    const param = first === undefined || first.field === '' ? null : first.field;
    const message = first === undefined ? detail : `${detail} ${first.fix}`;
    return { error: { message, type, param, code } };
  },
};
