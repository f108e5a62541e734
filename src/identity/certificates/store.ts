import type { TenantId } from '../../kernel/principal.ts';
import type { KeySubject } from '../keys/store.ts';

/** What a certificate is known by: the whole of it, or one of its names. */
export interface CertificateMark {
  readonly kind: 'fingerprint' | 'name';
  /** SHA-256 in lower-case hexadecimal, or a name with its kind: `URI:spiffe://…`, `DNS:…`. */
  readonly value: string;
}

/** A client certificate, or a name that certificates bear, as somebody's credential. */
export interface ClientCertificate {
  readonly id: string;
  readonly tenant: TenantId;
  /** Who calls with it. */
  readonly subject: KeySubject;
  /** What people call it. */
  readonly name: string;
  readonly mark: CertificateMark;
  readonly createdAtMs: number;
}

/** Client certificates. */
export interface ClientCertificateStore {
  list(tenant: TenantId): Promise<readonly ClientCertificate[]>;
  /**
   * `conflict` when the mark is registered already, in whatever tenant, or the tenant has as many
   * as it may; `not_found` when the tenant has no such subject.
   */
  create(tenant: TenantId, certificate: ClientCertificate): Promise<void>;
  /** False when the tenant has no such certificate. */
  delete(tenant: TenantId, id: string): Promise<boolean>;
  /** Whose a mark is; a mark names tenant and subject at once. */
  find(mark: CertificateMark): Promise<ClientCertificate | undefined>;
}
