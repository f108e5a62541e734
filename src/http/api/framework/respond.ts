/** A JSON answer. */
export function respondJson(status: number, value: unknown, headers: Record<string, string> = {}) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  });
}

/** An answer without a body. */
export function respondEmpty(): Response {
  return new Response(null, { status: 204 });
}
