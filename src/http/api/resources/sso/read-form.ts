import { GatewayError } from '../../../../kernel/errors.ts';

/** The fields of a form body. Throws `payload_too_large` above `bytesMax`. */
export async function readForm(request: Request, bytesMax: number): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new GatewayError('payload_too_large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
