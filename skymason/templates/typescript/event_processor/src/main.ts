import { run } from './runtime/run.js';
import { startService } from './service.js';
import { loadSettings } from './settings.js';

// The pattern tells a replay so where it has no command of its own.
if (process.env['REPLAY'] === 'true') await import('./replay.js');
else await run(() => startService(loadSettings()));
