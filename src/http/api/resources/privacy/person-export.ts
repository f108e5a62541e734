import type { Account } from '../../../../identity/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';

/** Whose data is written, and where it is looked for. */
export interface PersonExport {
  readonly account: Account;
  readonly tenants: readonly TenantId[];
}

type Fact = Readonly<Record<string, unknown>>;

/**
 * Everything that is kept of a person, as lines of JSON in pieces of bounded size: each line has a
 * `kind`, and is read when the piece before it has been taken. Secrets, tokens and hashes are in
 * none of them.
 */
export async function* personLines(
  deps: ApiDeps,
  { account, tenants }: PersonExport,
): AsyncGenerator<string> {
  yield* accountLines(deps, account, tenants);
  for (const tenant of tenants) {
    const place = { deps, tenant, userId: account.id };
    yield await membershipLines(place);
    yield await accessLines(place);
    yield* approvalLines(place);
    yield* captureLines(place);
    yield* conversationLines(place);
    yield* usageLines(place);
    yield* auditLines(place);
  }
}

interface Place {
  readonly deps: ApiDeps;
  readonly tenant: TenantId;
  readonly userId: string;
}

async function* accountLines(
  { privacy }: ApiDeps,
  { passwordHash, ...account }: Account,
  tenants: readonly TenantId[],
): AsyncGenerator<string> {
  yield lines('account', [{ ...account, hasPassword: passwordHash !== null }]);
  const factor = await privacy.secondFactors.get(account.id);
  if (factor !== undefined) {
    const { confirmedAtMs, recoveryHashes } = factor;
    const recoveryCodesLeft = recoveryHashes.length;
    yield lines('secondFactor', [{ type: 'totp', confirmedAtMs, recoveryCodesLeft }]);
  }
  const sessions = await privacy.loginSessions.list(account.id);
  const shown = sessions.filter(({ tenant }) => tenants.includes(tenant));
  yield lines(
    'loginSession',
    shown.map(({ hash: _hash, userId: _userId, ...session }) => session),
  );
}

async function membershipLines({ deps, tenant, userId }: Place): Promise<string> {
  const { members, roles, groups } = deps.identity;
  const member = await members.get(tenant, userId);
  const all = await groups.list(tenant);
  const theirs = [];
  for (const group of all) {
    const inIt = await groups.members(tenant, group.id);
    if (inIt.includes(userId)) theirs.push(group);
  }
  const names = new Set([
    ...(member?.membership.roles ?? []),
    ...theirs.flatMap((one) => one.roles),
  ]);
  const own = (await roles.list(tenant)).filter(({ name }) => names.has(name));
  const held = [...names].toSorted().map((name) => {
    const role = own.find((one) => one.name === name);
    return role === undefined ? { tenant, name, isBuiltIn: true } : { ...role, isBuiltIn: false };
  });
  return (
    lines('membership', member === undefined ? [] : [member.membership]) +
    lines('role', held) +
    lines('group', theirs)
  );
}

async function accessLines({ deps, tenant, userId }: Place): Promise<string> {
  const { identity, privacy } = deps;
  const [keys, certificates, connections, grants, links] = await Promise.all([
    identity.apiKeys.list(tenant),
    identity.clientCertificates.list(tenant),
    privacy.connections.list(tenant, userId),
    privacy.store.grants(tenant, userId),
    privacy.store.identityLinks(tenant, userId),
  ]);
  const isTheirs = ({ subject }: (typeof keys)[number] | (typeof certificates)[number]): boolean =>
    subject.kind === 'user' && subject.id === userId;
  return (
    lines('key', keys.filter(isTheirs)) +
    lines('clientCertificate', certificates.filter(isTheirs)) +
    lines('connection', connections) +
    lines(
      'grant',
      grants.map(({ kind, ...grant }) => ({ ...grant, grantKind: kind })),
    ) +
    lines('identityLink', links)
  );
}

async function* approvalLines({ deps, tenant, userId }: Place): AsyncGenerator<string> {
  const rowsMax = limits.apiPageRowsMax;
  for (let after = ''; ;) {
    const page = await deps.privacy.approvals.ofUser(tenant, userId, after, rowsMax);
    // Arguments are sealed for those who decide; they go with the approval after thirty days.
    yield lines(
      'approval',
      page.map(({ sealedArguments: _sealed, binding: _binding, ...approval }) => approval),
    );
    after = page.at(-1)?.id ?? after;
    if (page.length < rowsMax) return;
  }
}

async function* captureLines({ deps, tenant, userId }: Place): AsyncGenerator<string> {
  const rowsMax = limits.apiPageRowsMax;
  for (let before: string | undefined; ;) {
    const page = await deps.privacy.captures.list(tenant, { before, userId, rowsMax });
    yield lines('capture', page);
    before = page.at(-1)?.id;
    if (page.length < rowsMax) return;
  }
}

async function* conversationLines({ deps, tenant, userId }: Place): AsyncGenerator<string> {
  const { conversations, training } = deps.privacy;
  const givenAtMs = await training.consent(tenant, { kind: 'user', id: userId });
  if (givenAtMs !== null) yield lines('trainingConsent', [{ givenAtMs }]);
  const rowsMax = limits.apiPageRowsMax;
  for (let before: { readonly id: string; readonly changedAtMs: number } | undefined; ;) {
    const page = await conversations.list(tenant, { ownerId: userId, before, rowsMax });
    for (const { owner: _owner, ...conversation } of page) {
      yield lines('conversation', [conversation]);
      const messages = await conversations.messages(tenant, conversation.id);
      yield lines(
        'message',
        messages.map(({ cost, ...message }) => ({
          ...message,
          cost: cost === undefined ? null : { ...cost, nano: String(cost.nano) },
        })),
      );
      const feedback = await training.feedback(tenant, conversation.id);
      yield lines(
        'feedback',
        feedback.map((one) => ({ ...one })),
      );
    }
    before = page.at(-1);
    if (page.length < rowsMax) return;
  }
}

async function* usageLines({ deps, tenant, userId }: Place): AsyncGenerator<string> {
  for (let after: string | null = ''; after !== null;) {
    const { records, next } = await deps.usage.ofUser(
      tenant,
      userId,
      after,
      limits.exportWindowRows,
    );
    yield lines('usage', records);
    after = next;
  }
}

async function* auditLines({ deps, tenant, userId }: Place): AsyncGenerator<string> {
  const { seq: last } = await deps.auditStore.head(tenant);
  let { seq: after } = await deps.auditStore.cut(tenant);
  while (after < last) {
    const page = await deps.auditStore.about(tenant, userId, after, limits.exportWindowRows);
    yield lines(
      'auditEvent',
      page.map(({ kind, ...event }) => ({ ...event, eventKind: kind })),
    );
    after += limits.exportWindowRows;
  }
}

function lines(kind: string, facts: readonly object[]): string {
  return facts.map((fact: Fact | object) => `${JSON.stringify({ kind, ...fact })}\n`).join('');
}
