import type { IncomingMessage, ServerResponse } from 'node:http';

const BODY_BYTES_MAX = 64 * 1024;

/** A refusal that becomes an application/problem+json answer (RFC 9457). */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Answers with JSON; no value is an empty body. */
export function answer(response: ServerResponse, status: number, value?: unknown): void {
  if (value === undefined) return void response.writeHead(status).end();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Answers with the problem; an unexpected error shows nothing of itself. */
export function answerProblem(response: ServerResponse, error: unknown): void {
  const { status, message } =
    error instanceof Problem ? error : new Problem(500, 'The order desk failed.');
  const body = JSON.stringify({ type: 'about:blank', status, detail: message });
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body);
}

/** Reads a JSON object from the body. Throws Problem. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Problem(413, 'The body is too large.');
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below, like every body that is no object.
  }
  throw new Problem(400, 'The body must be a JSON object.');
}
