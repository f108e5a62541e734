import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Seal } from '../../kernel/seal.ts';
import { randomText } from '../keys/random-text.ts';
import type { TokenHash } from '../token-hash.ts';
import type { SecondFactor, SecondFactorStore } from './store.ts';

/** What a person shows besides the password. */
export interface SecondProof {
  readonly totp?: string;
  readonly recoveryCode?: string;
}

/** One-time codes of an authenticator app, and the codes for when the phone is lost. */
export interface SecondFactors {
  isOn(userId: string): Promise<boolean>;
  /** How many recovery codes are left; undefined when it is off. */
  state(userId: string): Promise<{ readonly recoveryCodesLeft: number } | undefined>;
  /** Makes a secret that counts once confirmed. Rejects with `conflict` when it is on. */
  enrol(userId: string, label: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** Turns it on; the recovery codes, shown this once. Rejects with `invalid_params`. */
  confirm(userId: string, code: string): Promise<readonly string[]>;
  /** True for a code that is right and was not used before. */
  check(userId: string, proof: SecondProof): Promise<boolean>;
  remove(userId: string): Promise<boolean>;
}

/** What second factors need. */
export interface SecondFactorOptions {
  readonly store: SecondFactorStore;
  readonly seal: Seal;
  readonly hash: TokenHash;
  /** What authenticator apps show as the issuer. */
  readonly issuer: string;
  readonly now: () => number;
}

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;
const RECOVERY_CHARACTERS = 20;
const FORM = { algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS } as const;

/** Makes them: RFC 6238 with SHA-1, six digits and 30 s, the form that every app knows. */
export function createSecondFactors(options: SecondFactorOptions): SecondFactors {
  const { store, seal, hash, issuer, now } = options;

  return {
    isOn: async (userId) => ((await store.get(userId))?.confirmedAtMs ?? null) !== null,
    state: async (userId) => {
      const factor = await store.get(userId);
      if (factor === undefined || factor.confirmedAtMs === null) return undefined;
      return { recoveryCodesLeft: factor.recoveryHashes.length };
    },
    enrol: async (userId, label) => {
      const { Secret, TOTP } = await import('otpauth');
      const secret = new Secret({ size: SECRET_BYTES });
      const isKept = await store.enrol({
        userId,
        secretSealed: seal.seal(secret.base32, userId),
        lastStep: 0,
        confirmedAtMs: null,
        recoveryHashes: [],
      });
      if (!isKept) {
        const text = 'The second factor is on already; turn it off before setting up another.';
        throw new GatewayError('conflict', text);
      }
      return {
        secret: secret.base32,
        uri: new TOTP({ ...FORM, issuer, label, secret }).toString(),
      };
    },
    confirm: async (userId, code) => {
      const factor = await store.get(userId);
      if (factor === undefined || factor.confirmedAtMs !== null) {
        throw new GatewayError('conflict', 'No second factor is being set up; enrol first.');
      }
      const step = await stepOf(options, factor, code.trim());
      const codes = Array.from({ length: limits.recoveryCodes }, () =>
        randomText(RECOVERY_CHARACTERS),
      );
      const hashes = codes.map((one) => hash.of(`recovery ${one}`));
      if (step === undefined || !(await store.confirm(userId, step, now(), hashes))) {
        throw wrongCode();
      }
      return codes;
    },
    check: (userId, proof) => checkProof(options, userId, proof),
    remove: (userId) => store.remove(userId),
  };
}

/** The step a code belongs to, or undefined when it is wrong. */
async function stepOf(
  { seal, now }: SecondFactorOptions,
  { userId, secretSealed }: SecondFactor,
  code: string,
): Promise<number | undefined> {
  const secret = seal.open(secretSealed, userId);
  if (secret === undefined || !/^\d{6}$/.test(code)) return undefined;
  const { Secret, TOTP } = await import('otpauth');
  const off = TOTP.validate({
    ...FORM,
    secret: Secret.fromBase32(secret),
    token: code,
    timestamp: now(),
    window: limits.totpStepsOff,
  });
  return off === null ? undefined : Math.floor(now() / 1000 / PERIOD_SECONDS) + off;
}

async function checkProof(
  options: SecondFactorOptions,
  userId: string,
  { totp, recoveryCode }: SecondProof,
): Promise<boolean> {
  const { store, hash } = options;
  const factor = await store.get(userId);
  if (factor === undefined || factor.confirmedAtMs === null) return false;
  if (recoveryCode !== undefined) {
    for (const one of hash.all(`recovery ${recoveryCode.trim()}`)) {
      if (await store.takeRecovery(userId, one)) return true;
    }
    return false;
  }
  const step = await stepOf(options, factor, totp?.trim() ?? '');
  return step !== undefined && store.takeStep(userId, step);
}

function wrongCode(): GatewayError {
  const fix = 'Give the six digits that the app shows now, and check the clock of the device.';
  const data = { errors: [{ field: 'totp', problem: 'is not right', fix }] };
  return new GatewayError('invalid_params', 'totp is not right.', { data });
}
