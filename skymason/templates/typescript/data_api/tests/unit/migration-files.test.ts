import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadMigrations, MigrationError } from '../../src/migrations.js';

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'migrations-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

describe('migration files', () => {
  it('are steps in the order of their versions', async () => {
    const steps = await loadMigrations(
      folder({ '0002_b.up.sql': 'b', '0001_a.down.sql': 'x', '0001_a.up.sql': 'a', 'README.md': '' }),
    );
    assert.deepEqual(
      steps.map(({ version, name, up, down }) => [version, name, up, down]),
      [
        ['0001', 'a', 'a', 'x'],
        ['0002', 'b', 'b', undefined],
      ],
    );
  });

  for (const [what, files, message] of [
    ['another name', { 'a.sql': '' }, 'a.sql: name it like 0001_items.up.sql'],
    [
      'one version twice',
      { '0001_a.up.sql': 'a', '0001_b.up.sql': 'b' },
      '0001_b.up.sql: version 0001 is also a',
    ],
    ['no way up', { '0001_a.down.sql': 'a' }, '0001_a: there is no way up'],
  ] as const) {
    it(`of ${what} are refused`, async () => {
      await assert.rejects(loadMigrations(folder(files)), new MigrationError(message));
    });
  }

  it('of this service all have a way back', async () => {
    for (const step of await loadMigrations('migrations')) assert.notEqual(step.down, undefined, step.name);
  });
});
