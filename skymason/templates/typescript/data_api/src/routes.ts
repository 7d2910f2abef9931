import { z } from 'zod';
import { HttpProblem, problemSchema, PROBLEM_TYPE } from './http/problem.js';
import type { Server } from './http/server.js';
import { changeSchema, itemSchema, newItemSchema, SkuTaken, type Item, type Items } from './items.js';

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: problemSchema } },
});
const tags = ['items'];
const params = z.object({ id: z.uuid() });
const notThere = (): HttpProblem => new HttpProblem(404, 'there is no such item');
const etag = (item: Item): string => `"${item.version}"`;

const pageSchema = z
  .object({
    items: z.array(itemSchema),
    next: z.string().optional().meta({ description: 'Give it as `cursor` for the next page' }),
  })
  .meta({ id: 'ItemPage' });

/** The service's own routes. */
export function routes(server: Server, items: Items): void {
  server.post(
    '/v1/items',
    {
      schema: {
        operationId: 'createItem',
        summary: 'Make an item',
        tags,
        body: newItemSchema,
        response: { 201: itemSchema, 400: problem('Not valid'), 409: problem('The SKU is taken') },
      },
    },
    async (request, reply) => {
      try {
        const item = await items.create(request.body);
        return await reply
          .code(201)
          .header('location', `/v1/items/${item.id}`)
          .header('etag', etag(item))
          .send(item);
      } catch (error) {
        if (error instanceof SkuTaken)
          throw new HttpProblem(409, `there is an item with SKU ${error.message}`);
        throw error;
      }
    },
  );

  server.get(
    '/v1/items',
    {
      schema: {
        operationId: 'listItems',
        summary: 'Items by SKU; may be a moment behind',
        tags,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(200).default(50),
          cursor: z.string().max(200).optional(),
        }),
        response: { 200: pageSchema, 400: problem('Not valid') },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const page = await items.list(cursor === undefined ? '' : decoded(cursor), limit);
      return { items: page.items, ...(page.next === undefined ? {} : { next: encoded(page.next) }) };
    },
  );

  server.get(
    '/v1/items/:id',
    {
      schema: {
        operationId: 'getItem',
        summary: 'One item',
        tags,
        params,
        response: { 200: itemSchema, 404: problem('Not there') },
      },
    },
    async (request, reply) => {
      const item = await items.find(request.params.id);
      if (!item) throw notThere();
      return reply.header('etag', etag(item)).send(item);
    },
  );

  server.patch(
    '/v1/items/:id',
    {
      schema: {
        operationId: 'changeItem',
        summary: 'Change an item, if it is still as the caller knows it',
        tags,
        params,
        headers: z.object({
          'if-match': z
            .string()
            .regex(/^(\*|"\d{1,9}")$/, 'must be an ETag of the item')
            .optional(),
        }),
        body: changeSchema,
        response: {
          200: itemSchema,
          400: problem('Not valid'),
          404: problem('Not there'),
          412: problem('Changed by another'),
        },
      },
    },
    async (request, reply) => {
      const match = request.headers['if-match'];
      const version = match === undefined || match === '*' ? undefined : Number(match.slice(1, -1));
      const item = await items.change(request.params.id, request.body, version);
      if (item === 'gone') throw notThere();
      if (item === 'changed') throw new HttpProblem(412, 'the item has been changed: read it again');
      return reply.header('etag', etag(item)).send(item);
    },
  );

  server.delete(
    '/v1/items/:id',
    {
      schema: {
        operationId: 'removeItem',
        summary: 'Remove an item',
        tags,
        params,
        response: { 204: z.undefined().meta({ description: 'Removed' }), 404: problem('Not there') },
      },
    },
    async (request, reply) => {
      if (!(await items.remove(request.params.id))) throw notThere();
      return reply.code(204).send();
    },
  );
}

const encoded = (text: string): string => Buffer.from(text).toString('base64url');
const decoded = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();
