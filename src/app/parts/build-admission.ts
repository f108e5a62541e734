import { createAdmission, type Admission } from '../../identity/admission/create-admission.ts';
import { createCertificateCredentials } from '../../identity/admission/certificate-credentials.ts';
import type { CredentialKind } from '../../identity/admission/credential-kind.ts';
import { createKeyCredentials } from '../../identity/admission/key-credentials.ts';
import { KeyUses } from '../../identity/keys/key-uses.ts';
import type { Bus } from '../../kernel/bus.ts';
import type { SealKey } from '../../kernel/seal.ts';
import { compilePermissions } from '../../policy/compile-permissions.ts';
import type { Storage } from '../../storage/storage.ts';

/** What admission stands on. */
export interface AdmissionBase {
  readonly storage: Storage;
  readonly bus: Bus;
  readonly sealRing: readonly SealKey[];
  /** Kinds of credentials besides API keys. */
  readonly kinds: readonly CredentialKind[];
}

/** Builds the door from credentials to principals, with every kind of credential there is. */
export function buildAdmission({ storage, bus, sealRing, kinds }: AdmissionBase): {
  readonly admission: Admission;
  readonly keyUses: KeyUses;
} {
  const keyUses = new KeyUses(storage.apiKeys);
  const keys = createKeyCredentials({
    ...storage,
    keySecrets: sealRing.map(({ secret }) => secret),
    permissionsOf: compilePermissions,
    used: (use) => keyUses.note(use),
    now: Date.now,
  });
  const certificates = createCertificateCredentials({
    ...storage,
    permissionsOf: (standing) => compilePermissions(standing),
  });
  const admission = createAdmission({ kinds: [keys, certificates, ...kinds], now: Date.now });
  // What other instances change the version watch notices too; this says it at once.
  bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain === 'keys') admission.forgetTenant(tenant);
  });
  return { admission, keyUses };
}
