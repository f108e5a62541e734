import type { EgressHeaders, EgressResponse } from '../kernel/egress.ts';
import { ResponseBody } from './response-body.ts';

const nothing = (): void => {};
const nowhere = { pause: nothing, resume: nothing, narrow: nothing, abandon: nothing };

/** A response whose body comes as it stands on the wire. */
export class WireResponse implements EgressResponse {
  readonly status: number;
  readonly headers: EgressHeaders;
  #body: ResponseBody | undefined;

  /** Without a body when there is none, or somebody took it. */
  constructor(status: number, headers: EgressHeaders, body: ResponseBody | undefined) {
    this.status = status;
    this.headers = headers;
    this.#body = body;
  }

  bytes(bytesMax?: number): Promise<Buffer> {
    return this.#bodyOrNone().bytes(bytesMax);
  }

  stream(isLent = false): AsyncIterable<Buffer> {
    return this.#bodyOrNone().stream(isLent);
  }

  discard(): void {
    this.#bodyOrNone().discard();
  }

  #bodyOrNone(): ResponseBody {
    if (this.#body === undefined) {
      this.#body = new ResponseBody(nowhere);
      this.#body.end();
    }
    return this.#body;
  }
}
