import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GlueClient } from '@aws-sdk/client-glue';
import type { KinesisClient, SubscribeToShardCommand } from '@aws-sdk/client-kinesis';
import { regionOf } from '../../src/clients.js';
import { Rejected, Stopped } from '../../src/errors.js';
import { SqsFailures } from '../../src/failure-queue.js';
import { GlueRegistry } from '../../src/glue-registry.js';
import { FanOutReader } from '../../src/shard-reader.js';
import { collectLog } from '../support/log.js';
import { carried } from '../support/parts.js';

const ID = '0198c0de-1234-7abc-8def-000000000001';
const header = (packing: number) =>
  Buffer.concat([Buffer.from([3, packing]), Buffer.from(ID.replaceAll('-', ''), 'hex')]);

describe('region', () => {
  it('is that of an ARN, or of a queue', () => {
    assert.equal(regionOf('arn:aws:kinesis:eu-central-1:123456789012:stream/events'), 'eu-central-1');
    assert.equal(regionOf('https://sqs.eu-west-1.amazonaws.com/123456789012/q'), 'eu-west-1');
    assert.equal(regionOf('http://127.0.0.1:5000/123456789012/q'), undefined);
  });
});

describe('failure queue', () => {
  async function sent(data: string | Buffer, context: Record<string, string>) {
    const commands: SendMessageCommand[] = [];
    const sqs = {
      send(command: SendMessageCommand) {
        commands.push(command);
        return Promise.resolve({});
      },
    };
    const record = carried(data.toString(), { key: 'k', lane: 'l', time: 5, sequence: '7' });
    await new SqsFailures(sqs as unknown as SQSClient, 'url').put(record, context);
    return commands[0]?.input;
  }

  it('gets the event in its envelope, and why it is there', async () => {
    const input = await sent('{"a":1}', { lane: 'l', error: 'Error: \u0000bad' });
    assert.equal(input?.MessageBody, '{"key":"k","lane":"l","sequence":"7","time":5,"data":"eyJhIjoxfQ=="}');
    assert.deepEqual(input.MessageAttributes, {
      lane: { DataType: 'String', StringValue: 'l' },
      error: { DataType: 'String', StringValue: 'Error: ?bad' },
    });
  });

  it('gets of an event that is too large where it is', async () => {
    const input = await sent('x'.repeat(300_000), {});
    assert.equal(input?.MessageBody, '{"key":"k","lane":"l","sequence":"7","time":5,"data":null}');
  });
});

describe("header of Glue's serializers", () => {
  const registry = new GlueRegistry(new GlueClient({ region: 'eu-central-1' }), 'r');

  it('names the version, and how the rest is packed', () => {
    assert.deepEqual(registry.namedBy(Buffer.concat([header(0), Buffer.from('{}')])), {
      id: ID,
      rest: Buffer.from('{}'),
    });
    const packed = registry.namedBy(Buffer.concat([header(5), deflateSync('{"a":1}')]));
    assert.equal(Buffer.from(packed?.rest ?? []).toString(), '{"a":1}');
  });

  it('is not taken for one where there is none', () => {
    assert.equal(registry.namedBy(Buffer.from('{"id":"an event of JSON, long enough"}')), undefined);
    assert.equal(registry.namedBy(Buffer.from([3, 0, 1])), undefined);
    assert.throws(() => registry.namedBy(Buffer.concat([header(5), Buffer.from('nonsense')])), Rejected);
  });
});

describe('channel of its own', () => {
  const { log } = collectLog();
  const record = (sequence: string) => ({
    SequenceNumber: sequence,
    PartitionKey: 'k',
    Data: Buffer.from('{}'),
    ApproximateArrivalTimestamp: new Date(0),
  });

  /** Subscriptions that say these things, one after the other. */
  function channel(...subscriptions: (object | Error)[][]) {
    const positions: unknown[] = [];
    const send = (command: SubscribeToShardCommand) => {
      positions.push(command.input.StartingPosition);
      const said = subscriptions.shift();
      if (!said) return Promise.reject(new Error('no more'));
      // eslint-disable-next-line @typescript-eslint/require-await -- as the SDK gives it
      async function* stream() {
        for (const item of said ?? []) {
          if (item instanceof Error) throw item;
          yield { SubscribeToShardEvent: item };
        }
      }
      return Promise.resolve({ EventStream: stream() });
    };
    const kinesis = { send } as unknown as Pick<KinesisClient, 'send'>;
    const options = { shard: 's', after: '', size: 2, windowSeconds: 0.05 };
    return { reader: new FanOutReader(kinesis, 'arn', options, log), positions };
  }
  const never = new AbortController().signal;

  it('gives what is pushed in batches, subscribes anew where it was, and knows the end', async () => {
    const { reader, positions } = channel(
      [
        {
          Records: [record('1'), record('2'), record('3')],
          ContinuationSequenceNumber: '3',
          MillisBehindLatest: 4000,
        },
      ],
      [{ Records: [], ContinuationSequenceNumber: '4' }, { Records: [record('5')] }],
    );
    const read: string[][] = [];
    let ended = false;
    while (!ended) {
      const batch = await reader.read(never);
      read.push(batch.records.map(({ sequence }) => sequence));
      ended = batch.ended;
    }
    assert.deepEqual(read, [
      ['1', '2'],
      ['3', '5'],
    ]);
    assert.deepEqual(positions, [
      { Type: 'TRIM_HORIZON' },
      { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '3' },
    ]);
  });

  it('ends where it is told to', async () => {
    const { reader } = channel([new Error('reset')]);
    await assert.rejects(reader.read(AbortSignal.abort()), Stopped);
  });
});
