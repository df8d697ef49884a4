import { PoolwiseError } from "../../billing/errors.ts";
import { MAX_MESSAGE_BYTES, MAX_VISIBILITY_SECONDS } from "../../ports/queue.ts";
import type { OutgoingMessage, ReceiveOptions } from "../../ports/queue.ts";

function refuse(what: string, got: number, least: number, most: number): void {
  if (Number.isInteger(got) && got >= least && got <= most) return;
  throw new PoolwiseError(
    "option-invalid",
    `${what} is ${got}: expected a whole number from ${least} to ${most}.`,
    {
      data: { got, limit: most },
    },
  );
}

export function checkVisibility(seconds: number): void {
  refuse("The visibility of a message in seconds", seconds, 1, MAX_VISIBILITY_SECONDS);
}

export function checkDelay(seconds: number): void {
  refuse("The delay of a message in seconds", seconds, 0, 900);
}

export function checkMessage({ body, delaySeconds = 0 }: OutgoingMessage): void {
  checkDelay(delaySeconds);
  const size = Buffer.byteLength(JSON.stringify(body));
  if (size <= MAX_MESSAGE_BYTES) return;
  throw new PoolwiseError(
    "message-too-large",
    `A message of ${size} bytes was to be sent: at most ${MAX_MESSAGE_BYTES} are allowed. Send a reference to the data, not the data.`,
    { data: { got: size, limit: MAX_MESSAGE_BYTES, unit: "bytes" } },
  );
}

export function checkReceive({ max, visibilitySeconds, waitSeconds = 0 }: ReceiveOptions): void {
  refuse("The number of messages to receive", max, 1, 10);
  checkVisibility(visibilitySeconds);
  if (!(waitSeconds >= 0 && waitSeconds <= 20))
    refuse("The seconds to wait for a message", waitSeconds, 0, 20);
}
