import type { TenantId } from '../../kernel/principal.ts';
import type { UpstreamOAuth } from '../../kernel/oauth/upstream-oauth.ts';

/** A service that wants OAuth tokens, as the vault has to know it. */
export interface ConnectedService {
  readonly tenant: TenantId;
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly oauth: UpstreamOAuth;
  /** The text with every `${NAME}` replaced by the service's secret of that name. */
  fill(text: string): Promise<string>;
}
