import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptsEvents } from './accepts-events.ts';

describe('acceptsEvents', () => {
  it('takes what stands for an event stream, whatever its case and place', () => {
    const usual = ['application/json, text/event-stream', 'TEXT/EVENT-STREAM', '*/*', 'text/*'];
    for (const accept of [...usual, undefined, 'a/b;q=0.1 , text/event-stream;q=0.5']) {
      assert.equal(acceptsEvents(accept === undefined ? {} : { accept }), true, accept);
    }
  });

  it('knows who takes JSON alone', () => {
    const without = ['application/json', 'application/json, application/mcp+json', ''];
    for (const accept of [...without, 'application/json, text/event-stream;q=0']) {
      assert.equal(acceptsEvents({ accept }), false, accept);
    }
  });
});
