import { GatewayError } from '../../../kernel/errors.ts';

/** The server has forgotten the session before it took the request: a fresh one may be tried. */
export class SessionLost extends GatewayError {
  constructor() {
    super('upstream_failed', 'The service ended the session.');
    this.name = 'SessionLost';
  }
}
