import type { ArtifactPlace, HashedFile } from '../../../../chat/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';

/** Keeps a file of a conversation; throws `too_many` when the tenant has no room for it. */
export function* insertChatArtifact({
  place,
  file,
  createdAtMs,
  bytesMax = limits.chatArtifactBytesPerTenantMax,
}: {
  readonly place: ArtifactPlace;
  readonly file: HashedFile;
  readonly createdAtMs: number;
  readonly bytesMax?: number;
}): Steps<null> {
  if (yield* hasRoomFor(place.tenant, [file], bytesMax)) {
    return yield* addArtifact(place, file, createdAtMs);
  }
  const text = 'The files of conversations take all the room a tenant has; delete some.';
  throw new GatewayError('conflict', text);
}

/** Adds a file; its bytes only when the tenant does not have them. */
export function* addArtifact(
  { tenant, conversationId }: ArtifactPlace,
  { id, hash, mediaType, name, bytes }: HashedFile,
  createdAtMs: number,
): Steps<null> {
  yield* change(sql`INSERT INTO chat_blob (tenant_id, hash, bytes)
    VALUES (${tenant}, ${hash}, ${bytes}) ON CONFLICT (tenant_id, hash) DO NOTHING`);
  yield* change(sql`INSERT INTO chat_artifact
      (tenant_id, id, conversation_id, hash, media_type, name, size, created_at_ms)
    VALUES (${tenant}, ${id}, ${conversationId}, ${hash}, ${mediaType}, ${name},
      ${bytes.byteLength}, ${createdAtMs})`);
  return null;
}

/** Whether a tenant can keep these files too. */
export function* hasRoomFor(
  tenant: TenantId,
  files: readonly HashedFile[],
  bytesMax: number,
): Steps<boolean> {
  if (files.length === 0) return true;
  const kept = yield* firstRow<{ readonly bytes: number | string | null }>(sql`SELECT
    sum(length(bytes)) AS bytes FROM chat_blob WHERE tenant_id = ${tenant}`);
  const more = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  return Number(kept?.bytes ?? 0) + more <= bytesMax;
}
