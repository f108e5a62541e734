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
