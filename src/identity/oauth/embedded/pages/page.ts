import { hash } from 'node:crypto';

/** A page for a person, whole. */
export interface Page {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; min-height: 100vh; place-items: center }
main { box-sizing: border-box; width: min(100%, 28rem); padding: 1.5rem }
h1 { font-size: 1.35rem; margin: 0 0 1rem }
label { display: block; margin: .75rem 0 }
input, select { box-sizing: border-box; width: 100%; padding: .55rem; font: inherit }
button { padding: .55rem 1.2rem; font: inherit; margin: 1rem .5rem 0 0; cursor: pointer }
.note, .bad { border-left: .25rem solid #888; padding: .4rem .8rem; margin: 1rem 0 }
.bad { border-color: #c00 }
section { border-top: 1px solid #888; margin-top: 1.5rem }
.way { font-weight: 600 }
dt { font-weight: 600; margin-top: .5rem } dd { margin: 0; overflow-wrap: anywhere }
`;

/**
 * Builds a page: no scripts, no frames, nothing from elsewhere. `formTargets` are the places that
 * its form may lead to, redirects included.
 */
export function page(
  status: number,
  title: string,
  body: string,
  formTargets: readonly string[] = [],
): Page {
  const style = `'sha256-${hash('sha256', STYLE, 'base64')}'`;
  const policy = [
    "default-src 'none'",
    `style-src ${style}`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${text(title)}</title><style>${STYLE}</style></head>` +
    `<body><main><h1>${text(title)}</h1>${body}</main></body></html>`;
  return {
    status,
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      // The form's Origin header would be lost with no-referrer, and with it a proof of where it
      // was sent from.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for HTML. What would turn the reading direction or is not seen (Unicode Cc, Cf) is left out:
 * clients choose their own names.
 */
export function text(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
