import { z } from 'zod';

const rate = z.int().min(1).max(10_000_000).exactOptional();
const places = z.int().min(1).max(100_000).exactOptional();

/** How much of what may be used at a time. */
export const boundsSchema = z.strictObject({
  tenantRequestsPerMinute: rate.describe('Requests a minute of all of a tenant together.'),
  tenantBurst: rate.describe(
    'The same at once after a pause; as many as a minute allows when absent.',
  ),
  tenantConcurrent: places.describe('Requests at the same time of all of a tenant together.'),
  principalRequestsPerMinute: rate.describe(
    'Requests a minute of one user or service account, whatever its keys and logins.',
  ),
  principalBurst: rate.describe(
    'The same at once after a pause; as many as a minute allows when absent.',
  ),
  principalConcurrent: places.describe(
    'Requests at the same time of one user or service account, whatever its keys and logins.',
  ),
  grantRequestsPerMinute: rate.describe('Requests a minute of one key or login.'),
  grantBurst: rate.describe(
    'The same at once after a pause; as many as a minute allows when absent.',
  ),
  grantConcurrent: places.describe('Requests at the same time of one key or login.'),
  serviceRequestsPerMinute: rate.describe('Requests a minute of one service.'),
  serviceBurst: rate.describe(
    'The same at once after a pause; as many as a minute allows when absent.',
  ),
  serviceConcurrent: places.describe('Requests at the same time of one service.'),
  toolRequestsPerMinute: rate.describe('Requests a minute of one tool.'),
  toolBurst: rate.describe(
    'The same at once after a pause; as many as a minute allows when absent.',
  ),
  toolConcurrent: places.describe('Requests at the same time of one tool.'),
  shedDelayMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2_000)
    .describe(
      'Mean delay of the event loop, in milliseconds, beyond which new requests of the data ' +
        'plane are refused; 0 for never.',
    ),
});
