import { GatewayError } from '../../../kernel/errors.ts';

/** The server would not open a legacy session: perhaps it is not a legacy server. */
export class SessionRefused extends GatewayError {
  /** The HTTP status that said so, where there was one and nothing else. */
  readonly httpStatus: number | undefined;

  constructor(cause: unknown, httpStatus?: number) {
    super('upstream_failed', 'The service would not open a session.', { cause });
    this.name = 'SessionRefused';
    this.httpStatus = httpStatus;
  }
}
