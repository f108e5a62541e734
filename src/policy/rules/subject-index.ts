import type { Principal } from '../../kernel/principal.ts';
import type { PolicyRule, PolicySubjects } from '../store.ts';

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

/** Tells which rules are about a caller, without asking each of them. */
export class SubjectIndex {
  readonly #about = new Map<string, number[]>();
  readonly #except = new Map<string, number[]>();
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

function put(index: Map<string, number[]>, subjects: PolicySubjects, number: number): void {
  for (const kind of KINDS) {
    for (const name of subjects[kind] ?? []) {
      const key = `${kind} ${name}`;
      const numbers = index.get(key);
      if (numbers === undefined) index.set(key, [number]);
      else numbers.push(number);
    }
  }
}

function mark(
  flags: Uint8Array,
  index: ReadonlyMap<string, readonly number[]>,
  names: CallerNames,
  flag: 0 | 1,
): void {
  if (index.size === 0) return;
  for (const kind of KINDS) {
    for (const name of names[kind]) {
      for (const number of index.get(`${kind} ${name}`) ?? []) flags[number] = flag;
    }
  }
}
