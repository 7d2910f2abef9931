import { problemSchema, PROBLEM_TYPE } from './http/problem.js';
import type { Server } from './http/server.js';
import { quote, quoteRequestSchema, quoteSchema } from './quotes.js';

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: problemSchema } },
});

/** The service's own routes. */
export function routes(server: Server): void {
  server.post(
    '/v1/quotes',
    {
      schema: {
        operationId: 'createQuote',
        summary: 'Price some goods',
        tags: ['quotes'],
        body: quoteRequestSchema,
        response: {
          200: quoteSchema,
          400: problem('The request is not valid'),
          500: problem('Not answered'),
        },
      },
    },
    (request) => quote(request.body),
  );
}
