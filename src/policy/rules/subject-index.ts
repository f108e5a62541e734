import type { Principal } from '../../kernel/principal.ts';
import type { PolicyRule, PolicySubjects } from '../store.ts';
import { NumbersByText } from './numbers-by-text.ts';

const KINDS = ['roles', 'groups', 'users', 'serviceAccounts', 'grants', 'scopes'] as const;

/** What rules can know a caller by. */
export type CallerNames = Readonly<Record<(typeof KINDS)[number], readonly string[]>>;

/** The names of a caller, of each kind that rules have. */
export function callerNames({ subject, grantId, permissions }: Principal): CallerNames {
  return {
    roles: permissions.roles,
    groups: permissions.groups,
    users: subject.kind === 'user' ? [subject.id] : [],
    serviceAccounts: subject.kind === 'service_account' ? [subject.id] : [],
    grants: [grantId],
    scopes: [...permissions.actions],
  };
}

/** Rules by the names of each kind that they have. */
type ByKind = Partial<Record<(typeof KINDS)[number], NumbersByText>>;

/** Tells which rules are about a caller, without asking each of them. */
export class SubjectIndex {
  readonly #about: ByKind = {};
  readonly #except: ByKind = {};
  readonly #aboutAll: number[] = [];
  readonly #size: number;

  constructor(rules: readonly PolicyRule[]) {
    this.#size = rules.length;
    for (const [number, { subjects, except }] of rules.entries()) {
      if (subjects === undefined) this.#aboutAll.push(number);
      else put(this.#about, subjects, number);
      if (except !== undefined) put(this.#except, except, number);
    }
  }

  /** 1 for each rule, by its number, that is about the caller. */
  of(names: CallerNames): Uint8Array {
    const flags = new Uint8Array(this.#size);
    for (const number of this.#aboutAll) flags[number] = 1;
    mark(flags, this.#about, names, 1);
    mark(flags, this.#except, names, 0);
    return flags;
  }
}

function put(index: ByKind, subjects: PolicySubjects, number: number): void {
  for (const kind of KINDS) {
    for (const name of subjects[kind] ?? [])
      (index[kind] ??= new NumbersByText()).add(name, number);
  }
}

function mark(flags: Uint8Array, index: ByKind, names: CallerNames, flag: 0 | 1): void {
  const see = (number: number): void => {
    flags[number] = flag;
  };
  for (const kind of KINDS) {
    const numbers = index[kind];
    if (numbers !== undefined) for (const name of names[kind]) numbers.visit(name, see);
  }
}
