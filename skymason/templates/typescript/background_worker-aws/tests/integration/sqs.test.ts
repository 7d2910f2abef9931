import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Handler } from '../../src/consumer.js';
import { startService } from '../../src/service.js';
import { loadSettings } from '../../src/settings.js';
import { serviceEnvironment } from '../support/environment.js';
import { collectLog } from '../support/log.js';
import { noMoto, startMoto, type Moto } from '../support/moto.js';
import { startNeighbours, type Neighbours } from '../support/neighbours.js';
import { until } from '../support/wait.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('worker with SQS', { skip: noMoto }, () => {
  let moto: Moto;
  let neighbours: Neighbours;
  let sqs: SQSClient;
  let names = 0;

  before(async () => {
    moto = await startMoto();
    neighbours = await startNeighbours();
    sqs = new SQSClient({});
  });
  after(async () => {
    sqs.destroy();
    neighbours.stop();
    await moto.stop();
  });

  /** A queue with a dead-letter queue, as the stack makes it. */
  async function queues({ fifo = false, maxReceives = 3, visibility = 30 } = {}) {
    names += 1;
    const suffix = fifo ? '.fifo' : '';
    const order = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
    const make = async (name: string, attributes: Record<string, string>) => {
      const made = await sqs.send(
        new CreateQueueCommand({ QueueName: name + suffix, Attributes: { ...order, ...attributes } }),
      );
      return made.QueueUrl ?? '';
    };
    const dead = await make(`dead-${names}`, {});
    const arn = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    );
    const work = await make(`work-${names}`, {
      VisibilityTimeout: String(visibility),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arn.Attributes?.QueueArn,
        maxReceiveCount: maxReceives,
      }),
    });
    return { work, dead };
  }

  const send = (url: string, id: string, group?: string) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify({ id, kind: 'test' }),
        ...(group === undefined ? {} : { MessageGroupId: group }),
      }),
    );

  const left = async (url: string): Promise<number> => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes: found = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(found[name] ?? 0), 0);
  };

  const environment = (url: string, more: Record<string, string> = {}) =>
    serviceEnvironment({
      ...neighbours.environment,
      QUEUE_URL: url,
      PORT: '0',
      QUEUE_LONG_POLL_SECONDS: '1',
      QUEUE_MAX_RECEIVES: '3',
      QUEUE_PROCESSING_SECONDS: '5',
      QUEUE_VISIBILITY_SECONDS: '30',
      RETRY_BASE_SECONDS: '1',
      RETRY_MAX_SECONDS: '1',
      ...more,
    });

  async function withService(
    url: string,
    handler: Handler | undefined,
    work: (lines: Record<string, unknown>[]) => Promise<void>,
    more: Record<string, string> = {},
  ): Promise<void> {
    const { log, lines } = collectLog();
    const service = await startService(loadSettings(environment(url, more)), {
      log,
      ...(handler ? { handler } : {}),
    });
    try {
      await work(lines);
    } finally {
      await service.stop();
    }
  }

  it('does a task and takes its message away', async () => {
    const { work, dead } = await queues();
    await send(work, 't1');
    await withService(work, undefined, async (lines) => {
      await until(async () => (await left(work)) === 0, 'done');
      assert.ok(lines.some((line) => line['task_id'] === 't1'));
    });
    assert.equal(await left(dead), 0);
  });

  it('tries again, and after so many attempts the message is a dead letter', async () => {
    const { work, dead } = await queues();
    const attempts: number[] = [];
    await send(work, 't1');
    const handler: Handler = ({ attempt }) => {
      attempts.push(attempt);
      return Promise.reject(new Error('away'));
    };
    await withService(work, handler, () => until(async () => (await left(dead)) === 1, 'dead'));
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.equal(await left(work), 0);
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }));
    assert.equal(messages[0]?.Body, '{"id":"t1","kind":"test"}');
  });

  it('hands a message out again whose worker died', async () => {
    const { work } = await queues({ visibility: 1 });
    await send(work, 't1');
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: work }));
    const attempts: number[] = [];
    const handler: Handler = ({ attempt }) => {
      attempts.push(attempt);
      return Promise.resolve();
    };
    await withService(work, handler, () => until(async () => (await left(work)) === 0, 'done'));
    assert.deepEqual(attempts, [2]);
  });

  it('keeps the order of a group, also when one in it fails', async () => {
    const { work } = await queues({ fifo: true });
    const order: string[] = [];
    for (const id of ['a1', 'a2', 'b1', 'a3', 'b2']) await send(work, id, id[0]);
    const handler: Handler = async ({ body, attempt }) => {
      const { id } = JSON.parse(body) as { id: string };
      order.push(id);
      await later(10);
      if (id === 'a1' && attempt === 1) throw new Error('away');
    };
    await withService(work, handler, () => until(async () => (await left(work)) === 0, 'done', 30), {
      QUEUE_FIFO: 'true',
      QUEUE_CONCURRENCY: '3',
    });
    const of = (group: string) => order.filter((id) => id.startsWith(group));
    assert.deepEqual(of('a'), ['a1', 'a1', 'a2', 'a3']);
    assert.deepEqual(of('b'), ['b1', 'b2']);
  });

  it('keeps a message from others for as long as it is in work', async () => {
    const { work } = await queues({ visibility: 1 });
    let begun = 0;
    await send(work, 't1');
    const handler: Handler = async () => {
      begun += 1;
      await later(2500);
    };
    const more = { QUEUE_VISIBILITY_SECONDS: '1', QUEUE_PROCESSING_SECONDS: '1', QUEUE_CONCURRENCY: '2' };
    await withService(work, handler, () => until(async () => (await left(work)) === 0, 'done'), more);
    assert.equal(begun, 1);
  });

  it('finishes the message in work on SIGTERM, and ends with 0', async () => {
    const { work } = await queues();
    await send(work, 't1');
    const program = `
      import { run } from '${new URL('../../src/runtime/run.js', import.meta.url).href}';
      import { startService } from '${new URL('../../src/service.js', import.meta.url).href}';
      import { loadSettings } from '${new URL('../../src/settings.js', import.meta.url).href}';
      const handler = async (message, { log }) => {
        log.info('begun');
        await new Promise((resolve) => setTimeout(resolve, 1500));
        log.info('ended');
      };
      await run(() => startService(loadSettings(), { handler }));`;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...environment(work) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const messages: unknown[] = [];
    if (!child.stdout) throw new Error('no output');
    for await (const line of createInterface(child.stdout)) {
      const { message } = JSON.parse(line) as { message: string };
      messages.push(message);
      if (message === 'begun') child.kill('SIGTERM');
    }
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(messages, ['started', 'begun', 'stopping', 'ended', 'message done', 'stopped']);
    assert.equal(await left(work), 0);
  });
});
