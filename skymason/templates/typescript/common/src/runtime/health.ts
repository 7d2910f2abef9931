/** Throws when something is wrong. */
export type Check = () => Promise<void> | void;

export interface Report {
  ok: boolean;
  /** What was checked → `ok`, or what is wrong. */
  checks: Record<string, string>;
}

/** Below the probe's own two seconds, so that it gets an answer. */
const CHECK_MS = 1500;

/** What the three probes are told. */
export class Health {
  private started = false;
  private stopping = false;
  private readonly liveness = new Map<string, Check>();
  private readonly readiness = new Map<string, Check>();

  /** Only what a restart would mend: whether the process itself goes on. */
  addLiveness(name: string, check: Check): void {
    this.liveness.set(name, check);
  }

  /** What the process cannot work without. */
  addReadiness(name: string, check: Check): void {
    this.readiness.set(name, check);
  }

  markStarted(): void {
    this.started = true;
  }

  /** From now on no new work should come. */
  markStopping(): void {
    this.stopping = true;
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  live(): Promise<Report> {
    return report(this.liveness);
  }

  async ready(): Promise<Report> {
    if (this.stopping) return { ok: false, checks: { shutdown: 'stopping' } };
    if (!this.started) return { ok: false, checks: { startup: 'starting' } };
    return report(this.readiness);
  }

  startup(): Report {
    return { ok: this.started, checks: { startup: this.started ? 'ok' : 'starting' } };
  }

  /** By path of the probe; undefined for a path that is none. */
  async answer(path: string): Promise<{ status: number; body: Report } | undefined> {
    const reports: Record<string, () => Report | Promise<Report>> = {
      '/livez': () => this.live(),
      '/readyz': () => this.ready(),
      '/startupz': () => this.startup(),
    };
    const body = await reports[path]?.();
    return body && { status: body.ok ? 200 : 503, body };
  }
}

async function report(checks: Map<string, Check>): Promise<Report> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => [name, await outcome(check)] as const),
  );
  return { ok: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

async function outcome(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer in ${CHECK_MS} ms`));
    }, CHECK_MS);
  });
  try {
    await Promise.race([(async () => check())(), late]);
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
