// /app/replay: processes events of the store again, told by REPLAY_FROM, REPLAY_TO and REPLAY_KEY.
import { Stopped } from './errors.js';
import { partsOf } from './parts.js';
import { openStore } from './places.js';
import { Replay } from './replaying.js';
import { createLog } from './runtime/log.js';
import { runCommand } from './runtime/run.js';
import { startTelemetry } from './runtime/telemetry.js';
import { loadReplaySettings } from './settings.js';

/** Exit code of a run that was stopped before its end. */
const EX_TEMPFAIL = 75;

await runCommand(async () => {
  const settings = loadReplaySettings();
  const log = createLog(settings);
  const telemetry = startTelemetry(settings.SERVICE_NAME, settings.ENVIRONMENT);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ reason: signal }, 'stopping');
      stopping.abort();
    });
  }
  const store = openStore(settings);
  const parts = partsOf(settings, { stream: 'replay', replay: true }, log);
  const { REPLAY_FROM: from, REPLAY_TO: to, REPLAY_KEY: key } = settings;
  const wanted = {
    from,
    to,
    key,
    eventsPerSecond: settings.REPLAY_EVENTS_PER_SECOND,
    batchSize: settings.BATCH_SIZE,
  };
  const replay = new Replay(wanted, parts.lanes, log);
  let ended = false;
  try {
    ended = await replay.run(store.records(from, to), stopping.signal);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    await parts.close();
    await store.close();
    await telemetry.stop();
  }
  log.info({ events: replay.processed }, ended ? 'the replay ended' : 'the replay was stopped');
  process.exitCode = ended ? 0 : EX_TEMPFAIL;
});
