import type { Subject, TenantId } from '../../kernel/principal.ts';

/** What a user said of an answer. */
export interface Feedback {
  readonly messageId: string;
  readonly rating: 'up' | 'down';
  /** What the answer should have been; null for nothing said. */
  readonly corrected: string | null;
  readonly atMs: number;
}

/** Who consents to training, and what is said of answers. */
export interface TrainingStore {
  /** When somebody consented, epoch milliseconds; null for no consent. */
  consent(tenant: TenantId, subject: Subject): Promise<number | null>;
  /** With null it is revoked. Consent that was given stays of its moment. */
  setConsent(tenant: TenantId, subject: Subject, atMs: number | null): Promise<void>;
  /** Who consents, by id, behind one. */
  consenting(tenant: TenantId, afterId: string, rowsMax: number): Promise<readonly Subject[]>;
  /** Of a message of this conversation, which the caller has seen to be the user's. */
  putFeedback(tenant: TenantId, conversationId: string, feedback: Feedback): Promise<void>;
  removeFeedback(tenant: TenantId, conversationId: string, messageId: string): Promise<boolean>;
  feedback(tenant: TenantId, conversationId: string): Promise<readonly Feedback[]>;
}
