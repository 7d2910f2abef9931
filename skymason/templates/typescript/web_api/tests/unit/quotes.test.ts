import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quote, quoteRequestSchema } from '../../src/quotes.js';

const priced = (request: object) => quote(quoteRequestSchema.parse({ currency: 'EUR', ...request }));

describe('quote', () => {
  it('adds lines up, takes the discount off and puts the tax on', () => {
    const lines = [
      { sku: 'a', quantity: 3, unit_price: 1999 },
      { sku: 'b', quantity: 1, unit_price: 501 },
    ];
    assert.deepEqual(priced({ lines, discount_percent: 10, tax_percent: 19 }), {
      currency: 'EUR',
      lines: [
        { sku: 'a', amount: 5997 },
        { sku: 'b', amount: 501 },
      ],
      subtotal: 6498,
      discount: 650,
      tax: 1111,
      total: 6959,
    });
  });

  it('rounds half up, exactly, however large the amount', () => {
    assert.equal(priced({ lines: [{ sku: 'a', quantity: 1, unit_price: 10 }], tax_percent: 5 }).tax, 1);
    assert.equal(priced({ lines: [{ sku: 'a', quantity: 1, unit_price: 9 }], tax_percent: 5 }).tax, 0);
    const large = Array.from({ length: 100 }, () => ({ sku: 'a', quantity: 9000, unit_price: 99_999_999 }));
    assert.equal(priced({ lines: large, tax_percent: 0.01 }).tax, 8_999_999_910);
  });
});
