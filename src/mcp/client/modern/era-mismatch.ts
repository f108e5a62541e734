import { GatewayError } from '../../../kernel/errors.ts';

/** The server does not speak the era it was taken for; it is to be asked again. */
export class EraMismatch extends GatewayError {
  constructor() {
    super('upstream_failed', 'The service does not speak the protocol it spoke before.');
    this.name = 'EraMismatch';
  }
}
