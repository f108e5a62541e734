import type { TenantId } from '../../kernel/principal.ts';

/** A file of a conversation, without its bytes. */
export interface ArtifactFacts {
  readonly id: string;
  readonly conversationId: string;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly hash: string;
  readonly mediaType: string;
  readonly name: string | null;
  /** In bytes. */
  readonly size: number;
  readonly createdAtMs: number;
}

/** A file with its bytes. */
export interface Artifact extends ArtifactFacts {
  readonly bytes: Uint8Array;
}

/** A file that is to be kept. */
export interface NewArtifact {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly name?: string;
}

/** A file of a new message, hashed. */
export interface HashedFile {
  readonly id: string;
  readonly hash: string;
  readonly mediaType: string;
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

/** Where a file belongs: whoever may read the conversation may read the file. */
export interface ArtifactPlace {
  readonly tenant: TenantId;
  readonly conversationId: string;
}

/** Files of conversations: kept once for each content, read by who may read the conversation. */
export interface ArtifactStore {
  /**
   * Keeps a file; its id. Rejects with `payload_too_large` for one that is too large and with
   * `conflict` when the tenant keeps as much as it may.
   */
  put(place: ArtifactPlace, artifact: NewArtifact): Promise<string>;
  /** Undefined for one that this conversation does not have. */
  get(place: ArtifactPlace, id: string): Promise<Artifact | undefined>;
}
