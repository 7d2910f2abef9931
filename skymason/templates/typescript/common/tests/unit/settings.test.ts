import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decimal,
  flag,
  httpUrl,
  integer,
  list,
  readSettings,
  SettingsError,
  text,
} from '../../src/runtime/settings.js';

const shape = {
  NAME: text(),
  COUNT: integer(1, 10).default(3),
  SHARE: decimal(0, 1).default(0.5),
  ON: flag().default(false),
  NAMES: list().optional(),
  PLACE: httpUrl().optional(),
};

describe('settings', () => {
  it('are read by their names, with defaults', () => {
    assert.deepEqual(readSettings(shape, { NAME: 'a', ON: 'true', NAMES: 'x, y,', OTHER: '1' }), {
      NAME: 'a',
      COUNT: 3,
      SHARE: 0.5,
      ON: true,
      NAMES: ['x', 'y'],
    });
  });

  it('that are empty are not there', () => {
    assert.equal(readSettings(shape, { NAME: 'a', COUNT: '' }).COUNT, 3);
  });

  it('that are wrong are told all at once', () => {
    assert.throws(
      () => readSettings(shape, { COUNT: '11', SHARE: 'x', ON: 'yes', PLACE: 'ftp://a' }),
      new SettingsError([
        'NAME is required',
        'COUNT must be at most 10',
        'SHARE must be a number',
        'ON must be true or false',
        'PLACE must be an http or https address',
      ]),
    );
  });
});
