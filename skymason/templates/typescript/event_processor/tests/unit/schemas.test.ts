import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avro from 'avsc';
import { Rejected } from '../../src/errors.js';
import { anyObject, Schemas, type Definition, type Registry } from '../../src/schemas.js';

const READING = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['id', 'at'],
  properties: { id: { type: 'string' }, at: { type: 'string', format: 'date-time' } },
});
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

class TestRegistry implements Registry {
  asked: string[] = [];

  constructor(private readonly definitions: Record<string, string>) {}

  latest(name: string): Promise<Definition> {
    this.asked.push(name);
    return Promise.resolve({ name, text: this.definitions[name] ?? '{}' });
  }

  namedBy(data: Uint8Array): { id: string; rest: Uint8Array } | undefined {
    return data[0] === 3 ? { id: String(data[1]), rest: data.subarray(2) } : undefined;
  }

  version(id: string): Promise<Definition> {
    this.asked.push(id);
    return id === '9'
      ? Promise.reject(new Rejected('not registered'))
      : this.latest(id === '1' ? 'reading' : 'other');
  }
}

describe('schemas', () => {
  it('let through what fits, and say what does not', async () => {
    const registry = new TestRegistry({ reading: READING });
    const schemas = new Schemas(registry, ['reading'], 'json');
    assert.deepEqual(await schemas.read(bytes({ id: 'a', at: '2026-01-02T03:04:05Z', more: 1 })), {
      id: 'a',
      at: '2026-01-02T03:04:05Z',
      more: 1,
    });
    await assert.rejects(
      schemas.read(bytes({ at: '2026-01-02T03:04:05Z' })),
      new Rejected("reading: must have required property 'id'"),
    );
    await assert.rejects(
      schemas.read(bytes({ id: 'a', at: 'yesterday' })),
      new Rejected('reading: /at must match format "date-time"'),
    );
    assert.deepEqual(registry.asked, ['reading']);
  });

  it('take an event that fits one of several', async () => {
    const other = JSON.stringify({ type: 'object', required: ['kind'] });
    const schemas = new Schemas(new TestRegistry({ reading: READING, other }), ['reading', 'other'], 'json');
    assert.deepEqual(await schemas.read(bytes({ kind: 'x' })), { kind: 'x' });
    await assert.rejects(schemas.read(bytes({})), /reading: .*; other: .*/);
  });

  it('use the version that an event names', async () => {
    const schemas = new Schemas(new TestRegistry({ reading: READING }), ['reading'], 'json');
    const named = (id: number, value: unknown) => Buffer.concat([Buffer.from([3, id]), bytes(value)]);
    assert.deepEqual(await schemas.read(named(1, { id: 'a', at: '2026-01-02T03:04:05Z' })), {
      id: 'a',
      at: '2026-01-02T03:04:05Z',
    });
    await assert.rejects(schemas.read(named(2, {})), new Rejected('it is a other; wanted is reading'));
    await assert.rejects(schemas.read(named(9, {})), new Rejected('not registered'));
  });

  it('of Avro understand its bytes', async () => {
    const text = JSON.stringify({ type: 'record', name: 'r', fields: [{ name: 'id', type: 'string' }] });
    const schemas = new Schemas(new TestRegistry({ reading: text }), ['reading'], 'avro');
    const data = avro.Type.forSchema(JSON.parse(text) as avro.Schema).toBuffer({ id: 'a' });
    assert.deepEqual(await schemas.read(data), { id: 'a' });
    await assert.rejects(schemas.read(Buffer.from([200, 1, 2])), /reading: no Avro of its schema/);
  });

  it('that are not agreed let any object through', async () => {
    assert.deepEqual(await anyObject.read(bytes({ a: 1 })), { a: 1 });
    assert.throws(() => anyObject.read(Buffer.from([0xff])), new Rejected('no JSON'));
    assert.throws(() => anyObject.read(bytes([])), new Rejected('no JSON object'));
  });
});
