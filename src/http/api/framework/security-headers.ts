/** Headers of every answer, unless the answer has a value of its own. */
const everywhere: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Adds the security headers to an answer. */
export function secure(response: Response): Response {
  for (const [name, value] of Object.entries(everywhere)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/**
 * Lets a page of an allowed origin read the answer. There are no cookies here, so credentials
 * are never allowed; a page sends its key itself.
 */
export function shareWith(response: Response, origin: string | undefined): Response {
  response.headers.append('Vary', 'Origin');
  if (origin === undefined) return response;
  response.headers.set('Access-Control-Allow-Origin', origin);
  response.headers.set('Access-Control-Expose-Headers', 'Location, Retry-After, WWW-Authenticate');
  return response;
}

/** Answers a browser's question whether a page of an allowed origin may call. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Api-Key',
      'Access-Control-Max-Age': '600',
    },
  });
}
