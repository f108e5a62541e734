import { GatewayError } from '../../../../kernel/errors.ts';

/** The server would not open a legacy session: perhaps it is not a legacy server. */
export class SessionRefused extends GatewayError {
  constructor(cause: unknown) {
    super('upstream_failed', 'The service would not open a session.', { cause });
    this.name = 'SessionRefused';
  }
}
