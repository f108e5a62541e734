import { createHash } from 'node:crypto';
import type { CompiledDocument } from '../model/compiled-document.ts';
import type { DocumentJob } from './prepare-document.ts';

/** Caches compiled documents, so that compiling the same one again costs nothing. */
export type DocumentCache = (
  job: DocumentJob,
  prepare: (job: DocumentJob) => Promise<CompiledDocument>,
) => Promise<CompiledDocument>;

/** Makes a cache that holds a document for as long as some service uses it. */
export function createDocumentCache(): DocumentCache {
  const held = new Map<string, WeakRef<CompiledDocument>>();
  const cleanup = new FinalizationRegistry<string>((key) => {
    if (held.get(key)?.deref() === undefined) held.delete(key);
  });
  return async (job, prepare) => {
    const key = keyOf(job);
    const known = held.get(key)?.deref();
    if (known !== undefined) return known;
    const document = await prepare(job);
    held.set(key, new WeakRef(document));
    cleanup.register(document, key);
    return document;
  };
}

/** A large text is hashed as it is: writing it as JSON would cost more than all the rest. */
function keyOf({ document, ...rest }: DocumentJob): string {
  const isText = typeof document === 'string';
  return createHash('sha256')
    .update(JSON.stringify({ ...rest, isText }))
    .update('\0')
    .update(isText ? document : JSON.stringify(document))
    .digest('base64');
}
