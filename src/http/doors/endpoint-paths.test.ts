import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EndpointPaths } from './endpoint-paths.ts';

it('a slash at the end of an address changes nothing, two lead nowhere', () => {
  const paths = new EndpointPaths('/mcp');
  for (const path of ['/mcp', '/mcp/orders', '/mcp/bundles/shop']) {
    assert.deepEqual(paths.endpointOf(`${path}/`), paths.endpointOf(path));
    assert.deepEqual(paths.endpointOf(`${path}/?a=b`), paths.endpointOf(path));
    assert.equal(paths.owns(`${path}/`), true);
    assert.throws(() => paths.endpointOf(`${path}//`), { code: 'not_found' });
  }
});
