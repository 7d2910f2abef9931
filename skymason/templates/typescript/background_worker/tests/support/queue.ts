import type { Message, MessageQueue } from '../../src/queue.js';

interface Kept {
  id: string;
  body: string;
  group: string | undefined;
  carrier: Record<string, string>;
  receives: number;
  visibleAt: number;
}

/** A queue in memory that keeps the promises of a real one, on the clock of the test. */
export class MemoryQueue implements MessageQueue {
  readonly name = 'memory';
  readonly dead: { id: string; reason: string }[] = [];
  readonly waits: number[] = [];
  prolonged = 0;
  fails: Error | undefined;
  closed = false;
  private kept: Kept[] = [];

  constructor(
    private readonly maxReceives = 5,
    private readonly visibilityMs = 30_000,
    /** Real milliseconds for a second that a message is hidden. */
    private readonly msPerSecond = 1,
  ) {}

  send(
    id: string,
    body: unknown = { id, kind: 'test' },
    group?: string,
    carrier: Record<string, string> = {},
  ): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.kept.push({ id, body: text, group, carrier, receives: 0, visibleAt: 0 });
  }

  get left(): string[] {
    return this.kept.map((message) => message.id);
  }

  async receive(most: number, signal: AbortSignal): Promise<Message[]> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (this.fails) throw this.fails;
    if (signal.aborted) return [];
    const now = performance.now();
    const blocked = new Set(
      this.kept.flatMap((kept) => (kept.visibleAt > now && kept.group ? [kept.group] : [])),
    );
    const given: Message[] = [];
    for (const kept of [...this.kept]) {
      if (given.length === most) break;
      if (kept.visibleAt > now || (kept.group && blocked.has(kept.group))) continue;
      if (kept.group) blocked.add(kept.group);
      kept.receives += 1;
      kept.visibleAt = now + this.visibilityMs;
      if (kept.receives > this.maxReceives) {
        this.bury(kept.id, 'received too often');
        continue;
      }
      const { id, body, carrier, group } = kept;
      given.push({ id, body, carrier, attempt: kept.receives, receipt: id, ...(group ? { group } : {}) });
    }
    return given;
  }

  acknowledge(message: Message): Promise<void> {
    this.kept = this.kept.filter((kept) => kept.id !== message.id);
    return Promise.resolve();
  }

  giveBack(message: Message, seconds: number): Promise<void> {
    this.waits.push(seconds);
    const kept = this.kept.find((item) => item.id === message.id);
    if (kept) kept.visibleAt = performance.now() + seconds * this.msPerSecond;
    return Promise.resolve();
  }

  reject(message: Message, reason: string): Promise<void> {
    this.bury(message.id, reason);
    return Promise.resolve();
  }

  prolong(): Promise<void> {
    this.prolonged += 1;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private bury(id: string, reason: string): void {
    this.dead.push({ id, reason });
    this.kept = this.kept.filter((kept) => kept.id !== id);
  }
}
