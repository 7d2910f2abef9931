import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { buildServer } from '../../src/http/server.js';
import { routes } from '../../src/routes.js';
import { Health } from '../../src/runtime/health.js';
import { startService, type Service } from '../../src/service.js';
import { loadSettings } from '../../src/settings.js';
import { collectLog } from '../support/log.js';
import { serviceEnvironment } from '../support/environment.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const body = { currency: 'EUR', lines: [{ sku: 'a', quantity: 2, unit_price: 50 }] };

describe('service', () => {
  const { log, lines } = collectLog();
  let service: Service;
  let url: string;

  before(async () => {
    service = await startService(loadSettings(serviceEnvironment({ PORT: '0' })), log);
    url = `http://127.0.0.1:${service.port}`;
  });
  after(() => service.stop());

  const post = (path: string, content: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: content,
    });

  it('answers, and writes a line with the trace that the request came with', async () => {
    const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
    const answer = await post('/v1/quotes', JSON.stringify(body), { traceparent });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { total: number }).total, 100);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    const line = lines.findLast((item) => item['message'] === 'request');
    assert.equal(line?.['trace_id'], TRACE);
    assert.deepEqual([line['method'], line['route'], line['status']], ['POST', '/v1/quotes', 200]);
  });

  it('says as a problem what is wrong with a request, and where', async () => {
    const wrong = { ...body, lines: [{ sku: 'a', quantity: 0, unit_price: 50 }], currency: 'eur' };
    const answer = await post('/v1/quotes', JSON.stringify(wrong));
    assert.equal(answer.status, 400);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = (await answer.json()) as Record<string, unknown>;
    assert.match(String(problem['trace_id']), /^[0-9a-f]{32}$/);
    delete problem['trace_id'];
    assert.deepEqual(problem, {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'the request is not valid',
      instance: '/v1/quotes',
      errors: [
        { in: 'body', pointer: '/currency', detail: 'must be three capital letters' },
        { in: 'body', pointer: '/lines/0/quantity', detail: 'Too small: expected number to be >=1' },
      ],
    });
  });

  for (const [what, status, send] of [
    ['another path', 404, () => post('/v1/other', '{}')],
    ['no JSON', 400, () => post('/v1/quotes', '{')],
    ['another type', 415, () => post('/v1/quotes', 'a', { 'content-type': 'application/x-other' })],
    ['too much', 413, () => post('/v1/quotes', JSON.stringify({ ...body, more: 'x'.repeat(2 ** 20) }))],
    ['what is unknown', 400, () => post('/v1/quotes', JSON.stringify({ ...body, more: 1 }))],
  ] as const) {
    it(`answers ${what} with problem ${status}`, async () => {
      const answer = await send();
      assert.equal(answer.status, status);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(((await answer.json()) as { status: number }).status, status);
    });
  }

  it('answers probes without a line in the log', async () => {
    const before = lines.length;
    for (const path of ['/livez', '/readyz', '/startupz'])
      assert.equal((await fetch(url + path)).status, 200);
    assert.equal(lines.length, before);
  });

  it('describes itself', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    };
    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(Object.keys(document.paths), ['/v1/quotes']);
    assert.equal(document.paths['/v1/quotes']?.['post']?.operationId, 'createQuote');
    assert.deepEqual(Object.keys(document.paths['/v1/quotes']['post'].responses), ['200', '400', '500']);
  });
});

describe('an error of the service itself', () => {
  it('tells the caller nothing of the inside', async () => {
    const { log, lines } = collectLog();
    const server = await buildServer({
      health: new Health(),
      log,
      routes: (scope) => {
        scope.get('/broken', () => {
          throw new Error('password is hunter2');
        });
      },
    });
    const answer = await server.inject('/broken');
    await server.close();
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.json<{ detail: string }>().detail, 'the service could not answer; try again later');
    assert.ok(!answer.body.includes('hunter2'));
    assert.ok(lines.some((line) => line['message'] === 'request failed'));
  });
});

describe('shutdown', () => {
  it('finishes the requests that are in work, and takes no more', async () => {
    const { log } = collectLog();
    const health = new Health();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await buildServer({
      health,
      log,
      routes: (scope) => {
        routes(scope);
        scope.get('/slow', async () => held.then(() => ({ done: true })));
      },
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as { port: number };
    // A connection that a balancer keeps, and does not use at the moment.
    const idle = connect(port, '127.0.0.1');
    const slow = fetch(`http://127.0.0.1:${port}/slow`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    health.markStopping();
    const closing = server.close();
    release();
    const answer = await slow;
    assert.deepEqual(await answer.json(), { done: true });
    assert.equal(answer.headers.get('connection'), 'close');
    await closing;
    await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`));
    idle.destroy();
  });
});
