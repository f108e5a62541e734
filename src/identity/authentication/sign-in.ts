import { GatewayError } from '../../kernel/errors.ts';
import type { Lockout } from './lockout.ts';
import { isOutdated, type Passwords } from './passwords.ts';
import type { MemberOf, People, Person } from './people.ts';
import type { SecondFactors, SecondProof } from './second-factors.ts';

/** Who says to be whom, from where. */
export interface SignInRequest extends SecondProof {
  /** Login name or e-mail address. */
  readonly login: string;
  readonly password: string;
  /** IP address. */
  readonly address: string;
}

/** A person who has shown to be that person. */
export interface SignedIn {
  readonly person: Person;
  /** Where the person may act, the oldest membership first; at least one. */
  readonly memberships: readonly MemberOf[];
  readonly hasSecondFactor: boolean;
}

/**
 * Checks password and second factor. Throws GatewayError: `unauthenticated`, whatever of login and
 * password is wrong; `second_factor_needed` when only the code is missing; `too_many`.
 */
export type SignIn = (request: SignInRequest) => Promise<SignedIn>;

/** What signing in needs. */
export interface SignInOptions {
  readonly people: People;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  readonly lockout: Lockout;
  readonly now: () => number;
}

/** Makes the check that stands before every login. */
export function createSignIn(options: SignInOptions): SignIn {
  const { people, passwords, secondFactors, lockout, now } = options;
  return async ({ login, password, address, ...proof }) => {
    await lockout.begin(login, address);
    const person = await people.find(login);
    const stored = person?.isActive === true ? person.passwordHash : null;
    const isRight = await passwords.verify(stored, password);
    if (person === undefined || stored === null || !isRight) throw wrong();
    const hasSecondFactor = await secondFactors.isOn(person.id);
    if (hasSecondFactor) await checkProof(secondFactors, person, proof);
    const memberships = await people.memberships(person.id);
    if (memberships.length === 0) throw wrong();
    await lockout.succeed(login, address);
    if (isOutdated(stored)) {
      await people.setPassword(person.id, await passwords.hash(password), now());
    }
    return { person, memberships, hasSecondFactor };
  };
}

/** The tenant to sign in to. Throws GatewayError `invalid_params` when it has to be said. */
export function chooseTenant({ memberships }: SignedIn, wanted: string | undefined): MemberOf {
  const [first, ...others] = memberships;
  if (wanted === undefined && first !== undefined && others.length === 0) return first;
  const named = memberships.find(({ tenant, tenantName }) =>
    [tenant, tenantName].includes(wanted ?? ''),
  );
  if (named !== undefined) return named;
  const names = memberships.map(({ tenantName }) => tenantName).join(', ');
  const problem = wanted === undefined ? 'is missing' : 'is not one you belong to';
  const errors = [{ field: 'tenant', problem, fix: `One of ${names}.` }];
  throw new GatewayError('invalid_params', `tenant ${problem}.`, { data: { errors } });
}

/** A missing code stays counted as an attempt: whoever guesses codes has the password already. */
async function checkProof(
  secondFactors: SecondFactors,
  { id }: Person,
  proof: SecondProof,
): Promise<void> {
  if (proof.totp === undefined && proof.recoveryCode === undefined) {
    throw new GatewayError('second_factor_needed');
  }
  if (!(await secondFactors.check(id, proof))) throw wrong();
}

function wrong(): GatewayError {
  return new GatewayError('unauthenticated', 'Login, password or code is wrong.');
}
