import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { accountInvoiceRoutes } from './account-invoice-routes.ts';
import { couponRoutes } from './coupon-routes.ts';
import { detailsRoutes } from './details-routes.ts';
import { ownInvoiceRoutes } from './invoice-routes.ts';
import { oneOffRoutes } from './one-off-routes.ts';

/** Invoices and what goes into them: for the tenant that gets them, and for the operator. */
export function invoicesRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...ownInvoiceRoutes(deps),
    ...accountInvoiceRoutes(deps),
    ...couponRoutes(deps),
    ...detailsRoutes(deps),
    ...oneOffRoutes(deps),
  ];
}
