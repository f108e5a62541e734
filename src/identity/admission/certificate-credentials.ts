import type { Permissions } from '../../kernel/permissions.ts';
import type { MemberStore, Standing } from '../accounts/store.ts';
import { isCertificateText, readCertificate } from '../certificates/certificate-text.ts';
import type { CertificateMark, ClientCertificateStore } from '../certificates/store.ts';
import type { CredentialKind } from './credential-kind.ts';

/** What admission by certificate needs. */
export interface CertificateCredentialsOptions {
  readonly clientCertificates: Pick<ClientCertificateStore, 'find'>;
  readonly members: Pick<MemberStore, 'standing'>;
  /** What somebody may do who calls with a certificate. */
  permissionsOf(standing: Standing): Permissions;
}

/**
 * Client certificates as credentials, once the handshake has found them good. What is registered is
 * the very certificate or one of its names; the certificate itself is looked for first.
 */
export function createCertificateCredentials(
  options: CertificateCredentialsOptions,
): CredentialKind {
  const { clientCertificates, members, permissionsOf } = options;
  return {
    recognises: isCertificateText,
    lookUp: async (token) => {
      const { fingerprint, names } = readCertificate(token);
      const marks: readonly CertificateMark[] = [
        { kind: 'fingerprint', value: fingerprint },
        ...names.map((value) => ({ kind: 'name' as const, value })),
      ];
      for (const mark of marks) {
        const found = await clientCertificates.find(mark);
        if (found === undefined) continue;
        const { tenant, subject, id } = found;
        const standing = await members.standing(tenant, subject);
        if (standing === undefined) return undefined;
        const principal = {
          tenant,
          subject,
          // It outlives the certificate: the next one of the same name continues the same grant.
          grantId: id,
          credentialId: id,
          permissions: permissionsOf(standing),
        };
        return { principal, endsAtMs: null, resource: null };
      }
      return undefined;
    },
  };
}
