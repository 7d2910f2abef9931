// /app/migrate up | down: brings the schema up to this image, or takes its last step back.
import { Client } from 'pg';
import { connectionOptions } from './database.js';
import { loadMigrations, migrateDown, migrateUp } from './migrations.js';
import { createLog } from './runtime/log.js';
import { runCommand } from './runtime/run.js';
import { SettingsError } from './runtime/settings.js';
import { loadMigrationSettings } from './settings.js';

await runCommand(async () => {
  const [, , direction, ...rest] = process.argv;
  if ((direction !== 'up' && direction !== 'down') || rest.length > 0) {
    throw new SettingsError(['usage: migrate up | migrate down']);
  }
  const settings = loadMigrationSettings();
  const log = createLog(settings);
  const migrations = await loadMigrations(settings.MIGRATIONS_FOLDER);
  const lock = { id: settings.MIGRATION_LOCK_ID, timeoutSeconds: settings.MIGRATION_LOCK_TIMEOUT_SECONDS };
  const client = new Client(connectionOptions(settings));
  await client.connect();
  try {
    if (direction === 'up') {
      const applied = await migrateUp(client, migrations, lock, log);
      log.info({ applied }, 'the schema is up to date');
    } else {
      const version = await migrateDown(client, migrations, lock, log);
      log.info({ version }, version === undefined ? 'there is nothing to take back' : 'one step back');
    }
  } finally {
    await client.end();
  }
});
