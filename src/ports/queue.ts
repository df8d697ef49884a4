import type { Transaction } from "./database.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type MessageBody = { readonly [key: string]: Json };

/** A message is at most this many bytes of JSON. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** A message can be hidden for at most 12 hours at a time. */
export const MAX_VISIBILITY_SECONDS = 43_200;
/** A message sent twice under one dedup id within this time is delivered once. */
export const DEDUP_WINDOW_SECONDS = 300;

export interface QueueDefinition {
  readonly name: string;
  /** Deliveries before a message goes to the dead-letter queue, 1 or more. */
  readonly maxReceives: number;
}

/** The queue where the messages of `queue` go that failed for good. It is a queue like any other. */
export const deadLetterQueue = (queue: string): string => `${queue}-dead`;

export interface OutgoingMessage {
  /** At most MAX_MESSAGE_BYTES of JSON. */
  readonly body: MessageBody;
  /** Whole seconds before the first delivery, 0 to 900. */
  readonly delaySeconds?: number;
  /** Messages of one queue with the same id are one message, for at least DEDUP_WINDOW_SECONDS. */
  readonly dedupId?: string;
}

export interface ReceivedMessage {
  readonly queue: string;
  readonly id: string;
  /** Names this delivery: a receipt of an earlier delivery of the same message no longer does anything. */
  readonly receipt: string;
  readonly body: MessageBody;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  readonly sentAt: Date;
  /** In a dead-letter queue: where the message comes from, and why, as far as the queue knows. */
  readonly source?: {
    readonly queue: string;
    readonly id: string;
    readonly receiveCount: number;
    readonly reason: string | undefined;
  };
}

export interface ReceiveOptions {
  /** How many messages at most, 1 to 10. */
  readonly max: number;
  /** Whole seconds until an unacknowledged message is delivered again, 1 to MAX_VISIBILITY_SECONDS. */
  readonly visibilitySeconds: number;
  /** How long to wait for a first message, 0 to 20 s. Default 0. */
  readonly waitSeconds?: number;
  /** Ends the wait early, with no messages. */
  readonly signal?: AbortSignal;
}

export interface QueueDepth {
  /** Ready to be delivered. */
  readonly ready: number;
  readonly delayed: number;
  /** Delivered and not yet acknowledged. */
  readonly inFlight: number;
  /** In the dead-letter queue. */
  readonly dead: number;
  /** Age of the oldest message that is ready; 0 where there is none. */
  readonly oldestReadySeconds: number;
}

/**
 * A queue in the manner of SQS: at least once, in no promised order. A message that was received is hidden
 * until its visibility ends; acknowledged, it is gone; not acknowledged `maxReceives` times, it goes to
 * `deadLetterQueue(name)`. Depths are approximate and must never be taken for completion.
 *
 * `within` makes a call part of a transaction of the database that the pipeline's state lives in: it happens
 * if and when that transaction commits.
 *
 * Every method throws `option-invalid` for an unknown queue or a figure out of range, and the database's or
 * the service's own errors.
 */
export interface Queue {
  /**
   * Sends any number of messages; the ids of those that are new, so an id that is missing was a duplicate.
   * Throws `message-too-large`, and then has sent none.
   */
  send(
    queue: string,
    messages: readonly OutgoingMessage[],
    options?: { readonly within?: Transaction },
  ): Promise<readonly string[]>;
  receive(queue: string, options: ReceiveOptions): Promise<readonly ReceivedMessage[]>;
  /** Hides the message for `visibilitySeconds` from now. False: the receipt is no longer valid. */
  extend(message: ReceivedMessage, visibilitySeconds: number): Promise<boolean>;
  /** Removes the message. False: the receipt is no longer valid, the message will be or was delivered again. */
  acknowledge(message: ReceivedMessage, options?: { readonly within?: Transaction }): Promise<boolean>;
  /**
   * Gives the message back, to be delivered again after `delaySeconds` (default 0), or to the dead-letter
   * queue where this was its last delivery. `reason` must carry no secret. False: the receipt is no longer valid.
   */
  giveBack(
    message: ReceivedMessage,
    options?: { readonly delaySeconds?: number; readonly reason?: string; readonly within?: Transaction },
  ): Promise<boolean>;
  /** To the dead-letter queue at once, however many deliveries are left. False as for `giveBack`. */
  reject(
    message: ReceivedMessage,
    options: { readonly reason: string; readonly within?: Transaction },
  ): Promise<boolean>;
  depth(queue: string): Promise<QueueDepth>;
  /** Stops the adapter's own timers; messages in flight come back when their visibility ends. */
  close(): Promise<void>;
}
