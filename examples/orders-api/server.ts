import { runExample } from '../support/run-example.ts';
import { startOrdersApi } from './start-orders-api.ts';

await runExample({ port: 8091, data: 'orders.sqlite' }, ({ port, data }) =>
  startOrdersApi({ port, file: data }),
);
