import type { TenantId } from '../../../kernel/principal.ts';

/** The tables of models and their prices, for Kysely; the migrations are the authority. */
export interface ChatModelTables {
  readonly model_provider: {
    tenant_id: TenantId;
    id: string;
    name: string;
    settings: string;
    models: string;
    is_keyed: number;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly model_price: {
    tenant_id: TenantId;
    id: string;
    model: string;
    valid_from_ms: number;
    currency: string;
    rates: string;
  };
}
