import { z } from 'zod';

/*
 * The one resource that this service begins with: the price of some goods. It keeps nothing, as a web_api
 * does; put your own in its place.
 */

const MAX_LINES = 100;

export const quoteRequestSchema = z
  .strictObject({
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be three capital letters')
      .meta({ example: 'EUR' }),
    lines: z
      .array(
        z.strictObject({
          sku: z.string().min(1).max(64),
          quantity: z.int().min(1).max(10_000),
          unit_price: z
            .int()
            .min(0)
            .max(100_000_000)
            .meta({ description: 'In the smallest unit of the currency' }),
        }),
      )
      .min(1)
      .max(MAX_LINES),
    discount_percent: z.number().min(0).max(100).multipleOf(0.01).default(0),
    tax_percent: z.number().min(0).max(100).multipleOf(0.01).default(0),
  })
  .meta({ id: 'QuoteRequest' });

export const quoteSchema = z
  .object({
    currency: z.string(),
    lines: z.array(z.object({ sku: z.string(), amount: z.int() })),
    subtotal: z.int(),
    discount: z.int(),
    tax: z.int(),
    total: z.int(),
  })
  .meta({ id: 'Quote', description: 'Amounts are in the smallest unit of the currency' });

export type QuoteRequest = z.output<typeof quoteRequestSchema>;
export type Quote = z.output<typeof quoteSchema>;

/** The price of all lines: discount first, then tax, each rounded half up once. */
export function quote(request: QuoteRequest): Quote {
  const lines = request.lines.map((line) => ({ sku: line.sku, amount: line.quantity * line.unit_price }));
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const discount = percentOf(subtotal, request.discount_percent);
  const tax = percentOf(subtotal - discount, request.tax_percent);
  return { currency: request.currency, lines, subtotal, discount, tax, total: subtotal - discount + tax };
}

/** In whole numbers throughout, for money is not to be off by a cent. percent: with two decimals at most. */
function percentOf(amount: number, percent: number): number {
  const hundredths = BigInt(Math.round(percent * 100));
  return Number((BigInt(amount) * hundredths + 5000n) / 10_000n);
}
