import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceBusError, type ServiceBusMessage } from '@azure/service-bus';
import avro from 'avsc';
import { AzureRegistry, type Schemas } from '../../src/azure-registry.js';
import { CaptureStore } from '../../src/capture-store.js';
import { Rejected, Unavailable } from '../../src/errors.js';
import { ServiceBusFailures } from '../../src/failure-queue.js';
import { MemoryTable, type Table } from '../../src/memory-table.js';
import { openFailures, openMemory, openRegistry, openStore } from '../../src/places.js';
import { loadReplaySettings, loadSettings } from '../../src/settings.js';
import { carried } from '../support/parts.js';
import { processorEnvironment } from '../support/processor-environment.js';

const missing = Object.assign(new Error('not found'), { statusCode: 404 });

describe('memory in a table', () => {
  function table() {
    const entities = new Map<string, Record<string, unknown>>();
    let away = false;
    const client = {
      getEntity(partitionKey: string, rowKey: string) {
        const found = entities.get(`${partitionKey}/${rowKey}`);
        return away
          ? Promise.reject(new Error('reset'))
          : found
            ? Promise.resolve(found)
            : Promise.reject(missing);
      },
      upsertEntity(entity: { partitionKey: string; rowKey: string }) {
        entities.set(`${entity.partitionKey}/${entity.rowKey}`, entity);
        return Promise.resolve({});
      },
    } as unknown as Table;
    return {
      client,
      entities,
      takeAway: () => {
        away = true;
      },
    };
  }

  it('keeps what was processed, in its scope and for its time', async () => {
    const { client, entities, takeAway } = table();
    const live = new MemoryTable(client, { scope: 'live', seconds: 3600 });
    await live.remember(['a/b', 'c']);
    assert.deepEqual(await live.seen(['a/b', 'c', 'd', 'c']), new Set(['a/b', 'c']));
    assert.deepEqual(await new MemoryTable(client, { scope: 'run', seconds: 1 }).seen(['c']), new Set());
    for (const [key, entity] of entities) {
      assert.match(key, /^[0-9a-f]{4}\/[0-9a-f]{64}$/);
      entity['expires_at'] = 1;
    }
    assert.deepEqual(await live.seen(['c']), new Set());
    takeAway();
    await assert.rejects(live.seen(['c']), Unavailable);
  });
});

describe('failure queue', () => {
  it('gets the event in its envelope; of one that is too large where it is', async () => {
    const sent: ServiceBusMessage[] = [];
    const failures = new ServiceBusFailures(
      {
        sendMessages: (message) => {
          const one = message as ServiceBusMessage;
          const { length } = one.body as Buffer;
          if (length > 500) return Promise.reject(new ServiceBusError('large', 'MessageSizeExceeded'));
          sent.push(one);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      },
      () => Promise.resolve(),
    );
    const place = { key: 'k', lane: '1', time: 5, sequence: '7' };
    await failures.put(carried('{"a":1}', place), { lane: '1' });
    await failures.put(carried('x'.repeat(1000), place), { lane: '1' });
    assert.deepEqual(
      sent.map(({ body }) => String(body)),
      [
        '{"key":"k","lane":"1","sequence":"7","time":5,"data":"eyJhIjoxfQ=="}',
        '{"key":"k","lane":"1","sequence":"7","time":5,"data":null}',
      ],
    );
    assert.deepEqual(sent[0]?.applicationProperties, { lane: '1' });
    await failures.close();
  });

  it('that is away is waited for', async () => {
    const failures = new ServiceBusFailures(
      { sendMessages: () => Promise.reject(new Error('refused')), close: () => Promise.resolve() },
      () => Promise.resolve(),
    );
    await assert.rejects(failures.put(carried({}), {}), Unavailable);
  });
});

describe('schema registry', () => {
  it('finds the newest version, and that of an id', async () => {
    const versions = ['one', 'two'];
    const client = {
      getSchema(id: string, _group?: string, version?: number) {
        const definition = version === undefined ? { known: 'one' }[id] : versions[version - 1];
        return definition === undefined
          ? Promise.reject(missing)
          : Promise.resolve({ definition, properties: { name: 'reading' } });
      },
    } as unknown as Schemas;
    const registry = new AzureRegistry(client, 'group');
    assert.deepEqual(await registry.latest('reading'), { name: 'reading', text: 'two' });
    versions.push('three');
    assert.deepEqual(await registry.latest('reading'), { name: 'reading', text: 'three' });
    assert.deepEqual(await registry.version('known'), { name: 'reading', text: 'one' });
    await assert.rejects(registry.version('other'), Rejected);
    versions.splice(0);
    await assert.rejects(new AzureRegistry(client, 'group').latest('reading'), Unavailable);
  });
});

describe('store that Capture writes', () => {
  const type = avro.Type.forSchema({
    type: 'record',
    name: 'EventData',
    fields: [
      { name: 'SequenceNumber', type: 'long' },
      { name: 'Offset', type: 'string' },
      { name: 'EnqueuedTimeUtc', type: 'string' },
      { name: 'SystemProperties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes'] } },
      { name: 'Properties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes', 'null'] } },
      { name: 'Body', type: ['null', 'bytes'] },
    ],
  });

  async function blob(...events: [number, string, string][]): Promise<Buffer> {
    const encoder = new avro.streams.BlockEncoder(type, { codec: 'deflate' });
    const chunks: Buffer[] = [];
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => encoder.on('end', resolve));
    for (const [SequenceNumber, EnqueuedTimeUtc, id] of events) {
      encoder.write({
        SequenceNumber,
        Offset: '0',
        EnqueuedTimeUtc,
        SystemProperties: { 'x-opt-partition-key': { string: 'k1' } },
        Properties: {},
        Body: Buffer.from(JSON.stringify({ id })),
      });
    }
    encoder.end();
    await ended;
    return Buffer.concat(chunks);
  }

  it('gives the events of the time that is asked for, in their order', async () => {
    const blobs: Record<string, Buffer> = {
      'ns/hub/0/2026/01/31/20/10/00.avro': await blob([3, '1/31/2026 8:11:00 PM', 'c']),
      'ns/hub/0/2026/01/31/20/05/00.avro': await blob(
        [1, '1/31/2026 8:05:09 PM', 'a'],
        [2, '1/31/2026 8:06:00 PM', 'b'],
      ),
      'ns/hub/1/2026/01/30/00/00/00.avro': await blob([1, '1/30/2026 12:00:00 AM', 'old']),
      'ns/hub/readme.txt': Buffer.from(''),
    };
    const store = new CaptureStore(
      {
        // eslint-disable-next-line @typescript-eslint/require-await -- as the SDK gives them
        async *names() {
          yield* Object.keys(blobs);
        },
        content: (name) => Promise.resolve(blobs[name] ?? Buffer.alloc(0)),
      },
      '',
    );
    const found = [];
    for await (const record of store.records(
      new Date('2026-01-31T20:00:00Z'),
      new Date('2026-01-31T21:00:00Z'),
    )) {
      const { data, key, lane, sequence, time } = record;
      found.push([lane, sequence, key, time.toISOString(), Buffer.from(data).toString()]);
    }
    assert.deepEqual(found, [
      ['0', '1', 'k1', '2026-01-31T20:05:09.000Z', '{"id":"a"}'],
      ['0', '2', 'k1', '2026-01-31T20:06:00.000Z', '{"id":"b"}'],
      ['0', '3', 'k1', '2026-01-31T20:11:00.000Z', '{"id":"c"}'],
    ]);
    const all = [];
    for await (const record of store.records(undefined, undefined)) all.push(record.sequence);
    assert.deepEqual(all, ['1', '1', '2', '3']);
  });
});

describe('places', () => {
  it('are opened where the settings say, and not where they say nothing', async () => {
    const settings = loadSettings(
      processorEnvironment({
        IDEMPOTENCY_TABLE_URL: 'https://shop.table.core.windows.net/seen',
        SCHEMA_REGISTRY: 'shop.servicebus.windows.net/events',
      }),
    );
    assert.ok(openMemory(settings) instanceof MemoryTable);
    assert.ok(openRegistry(settings) instanceof AzureRegistry);
    assert.ok(openStore(loadReplaySettings(processorEnvironment())) instanceof CaptureStore);
    const bare = loadSettings(processorEnvironment());
    assert.deepEqual(await openMemory(bare).seen(['a']), new Set());
    assert.equal(openRegistry(bare), undefined);
    await openFailures(bare).close();
  });
});
