import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import { callers, filledIdentity } from '../../../test/support/api-callers.ts';
import { IdSource } from '../../kernel/ids.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Storage } from '../../storage/storage.ts';
import { buildAuthentication, configuredBaseUrl } from './build-authentication.ts';
import { loadConfig } from '../config/config.ts';

const { tenant, subject } = callers.memberA;

function setUp() {
  const stores = filledIdentity();
  const storage: Storage = { ...stores, appliedMigrations: [], close: () => Promise.resolve() };
  const authentication = buildAuthentication({
    storage,
    sealRing: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    baseUrl: { current: 'https://gateway.example' },
    mailer: undefined,
    revoked: () => {},
    ids: new IdSource(),
    log: silentLog,
  });
  return { storage, authentication };
}

test('a login may do what its user may do now', async () => {
  const { storage, authentication } = setUp();
  const { cookie } = await authentication.sessions.begin(subject.id, tenant);
  const roles = async () => (await authentication.sessions.open(cookie))?.principal.permissions;
  assert.deepEqual((await roles())?.roles, ['developer']);
  await storage.members.update(tenant, subject.id, { roles: ['viewer'] });
  assert.deepEqual((await roles())?.roles, ['viewer']);
  await storage.tenants.update(tenant, { status: 'suspended' });
  assert.equal(await roles(), undefined);
  await storage.tenants.update(tenant, { status: 'active' });
  await storage.accounts.update(subject.id, { status: 'deactivated' });
  assert.equal(await roles(), undefined);
});

test('where a second factor is demanded, a login without one can only set it up', async () => {
  const { storage, authentication } = setUp();
  const { sessions, loginTokens, secondFactors } = authentication;
  const { cookie } = await sessions.begin(subject.id, tenant);
  const { refreshToken } = await loginTokens.issue(tenant, subject.id);
  const actions = async () => (await sessions.open(cookie))?.principal.permissions.actions.size;
  const all = await actions();
  assert.ok(all !== undefined && all > 0);
  await storage.tenants.update(tenant, { settings: { requireSecondFactor: true } });
  assert.equal(await actions(), 0);
  await assert.rejects(loginTokens.refresh(refreshToken), { code: 'unauthenticated' });
  const { secret } = await secondFactors.enrol(subject.id, 'ada');
  assert.equal(await actions(), 0, 'it is not confirmed yet');
  await secondFactors.confirm(subject.id, new TOTP({ secret }).generate());
  assert.equal(await actions(), all);
  assert.equal((await loginTokens.refresh(refreshToken)).userId, subject.id);
});

test('the base URL is the public one, without a slash at the end, or the listener’s', () => {
  const urlOf = (key: string, text: string) =>
    configuredBaseUrl(loadConfig({ environment: {}, flags: [{ key, text, flag: key }] }).config);
  assert.equal(
    urlOf('server.publicUrl', 'https://Gateway.example/mcp-gateway/'),
    'https://gateway.example/mcp-gateway',
  );
  assert.equal(urlOf('server.publicUrl', 'https://gateway.example'), 'https://gateway.example');
  assert.equal(urlOf('server.port', '81'), 'http://127.0.0.1:81');
  assert.equal(urlOf('server.host', '::1'), 'http://[::1]:8090');
});
