import type { ClientCertificate, ClientCertificateStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';

const columns = [
  'id',
  'tenant_id as tenant',
  'subject_kind as subjectKind',
  'subject_id as subjectId',
  'name',
  'mark_kind as markKind',
  'mark_value as markValue',
  'created_at_ms as createdAtMs',
] as const;

interface Row extends Omit<ClientCertificate, 'subject' | 'mark'> {
  readonly subjectKind: ClientCertificate['subject']['kind'];
  readonly subjectId: string;
  readonly markKind: ClientCertificate['mark']['kind'];
  readonly markValue: string;
}

/** Client certificates. */
export function createClientCertificateStore(database: Database): ClientCertificateStore {
  const { query, transact } = database;
  const select = () => query.selectFrom('client_certificate').select(columns);
  return {
    list: async (tenant) =>
      (await select().where('tenant_id', '=', tenant).orderBy('id').execute()).map(toCertificate),
    create: async (tenant, certificate) => {
      await transact('createClientCertificate', { tenant, certificate });
    },
    delete: (tenant, id) => transact('removeClientCertificate', { tenant, id }),
    find: async ({ kind, value }) => {
      const row = await select()
        .where('mark_kind', '=', kind)
        .where('mark_value', '=', value)
        .executeTakeFirst();
      return row === undefined ? undefined : toCertificate(row);
    },
  };
}

function toCertificate(row: Row): ClientCertificate {
  const { subjectKind, subjectId, markKind, markValue, ...rest } = row;
  return {
    ...rest,
    subject: { kind: subjectKind, id: subjectId },
    mark: { kind: markKind, value: markValue },
  };
}
