import { run } from './runtime/run.js';
import { startService } from './service.js';
import { loadSettings } from './settings.js';

await run(() => startService(loadSettings()));
