import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { envelope, eventOf, fromEnvelope } from '../../src/events.js';
import { carried } from '../support/parts.js';

describe('events', () => {
  it('come out of their envelope as they went in', () => {
    const record = carried('\u0000bytes', {
      key: 'k1',
      lane: 'shard-1',
      time: 1_700_000_000_123,
      sequence: '495',
    });
    assert.deepEqual(fromEnvelope(envelope(record)), record);
    assert.equal(
      envelope(record, { withData: false }),
      '{"key":"k1","lane":"shard-1","sequence":"495","time":1700000000123,"data":null}',
    );
  });

  it('are none in a line of another shape', () => {
    assert.throws(() => fromEnvelope('{"key":"k"}'));
    assert.throws(() => fromEnvelope('no'));
  });

  it('have an id and a key of their own, or those of their place', () => {
    const record = carried({}, { key: 'k1', lane: 'l', sequence: '7' });
    const of = (body: Record<string, unknown>) => {
      const { id, key } = eventOf(record, body, 'meter');
      return [id, key];
    };
    assert.deepEqual(of({ id: 'a', meter: 5 }), ['a', '5']);
    assert.deepEqual(of({ meter: { nested: true } }), ['l:7', 'k1']);
    assert.equal(eventOf(record, { meter: 'm' }, undefined).key, 'k1');
  });
});
