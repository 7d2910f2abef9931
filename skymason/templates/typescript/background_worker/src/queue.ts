import type { Carrier } from './runtime/telemetry.js';

/** A message as it was received. */
export interface Message {
  id: string;
  body: string;
  /** How often it was handed out, this time included. */
  attempt: number;
  /** Messages of one group are handed out in order. */
  group?: string;
  /** The trace that it belongs to, if its sender said so. */
  carrier: Carrier;
  /** The transport's own, of this receive. */
  receipt: unknown;
}

/** A queue that hides what it hands out for a time, and keeps it until it is acknowledged. */
export interface MessageQueue {
  /** For logs and traces. */
  readonly name: string;
  /** Waits for messages, at most `most`; gives none where none came in time, or once `signal` comes. */
  receive(most: number, signal: AbortSignal): Promise<Message[]>;
  /** It is done: forget it. */
  acknowledge(message: Message): Promise<void>;
  /** Hand it out again after `seconds`. */
  giveBack(message: Message, seconds: number): Promise<void>;
  /** It will not be done: let it go to the dead letters as soon as the transport can. */
  reject(message: Message, reason: string): Promise<void>;
  /** Hide it for its whole time again, counted from now. */
  prolong(message: Message): Promise<void>;
  close(): Promise<void>;
}
