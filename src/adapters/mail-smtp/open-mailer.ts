import { Readable } from "node:stream";
import MailComposer from "nodemailer/lib/mail-composer";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import SMTPConnection from "nodemailer/lib/smtp-connection";

export interface MailerOptions {
  /** `smtp://` or `smtps://user:password@host:port`. It is a secret: no error shows it. */
  readonly url: string;
  /** Sender. */
  readonly from: string;
  /** For connecting, greeting and each answer. Default 30,000. */
  readonly timeoutMs?: number;
}

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Before the @: the same for each attempt at one mail, so that a receiver can know it again. */
  readonly id: string;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly content: Uint8Array;
  }[];
}

export type MailOutcome =
  | { readonly kind: "sent"; readonly reference: string; readonly rejected: readonly string[] }
  /** Nothing was handed over, or the server said not now. */
  | { readonly kind: "retry"; readonly error: string }
  | {
      readonly kind: "refused";
      readonly error: string;
      /** It takes none of this size; a shorter one may be taken. */
      readonly isTooLarge: boolean;
    }
  /** The content was on its way when the connection broke: it may have been taken. */
  | { readonly kind: "unknown"; readonly error: string };

export interface Mailer {
  /**
   * Hands one mail in. `beforeContent` runs when the server is ready to take the content and nothing has been sent
   * yet: what it throws calls the mail off.
   */
  send(mail: Mail, beforeContent: () => Promise<void>): Promise<MailOutcome>;
  /** Connects and signs in. @returns undefined, or why that is not possible. */
  verify(): Promise<string | undefined>;
}

/** Mail by SMTP, one connection a mail: there are few. */
export function openMailer({ url, from, timeoutMs = 30_000 }: MailerOptions): Mailer {
  const options = {
    ...parseConnectionUrl(url),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  };
  return {
    async send(mail, beforeContent) {
      const content = await compose(mail, from);
      let handing = false;
      const guarded = guardedContent(content, async () => {
        await beforeContent();
        handing = true;
      });
      try {
        const taken = await withConnection(options, (connection) =>
          deliver(connection, mail.to, from, guarded),
        );
        return { kind: "sent", ...taken };
      } catch (error) {
        return outcomeOf(error, handing);
      }
    },
    async verify() {
      try {
        await withConnection(options, () => Promise.resolve());
        return undefined;
      } catch (error) {
        return textOf(error);
      }
    },
  };
}

async function compose(mail: Mail, from: string): Promise<Buffer> {
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const node = new MailComposer({
    from: { name: "Poolwise", address: from },
    to: mail.to.map((address) => ({ name: "", address })),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    attachments: mail.attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content: Buffer.from(content),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return await node.build();
}

/** Nothing reads it before the server is ready for content. */
function guardedContent(content: Buffer, before: () => Promise<void>): Readable {
  return Readable.from(
    (async function* () {
      await before();
      yield content;
    })(),
    { highWaterMark: 1 },
  );
}

type ConnectionOptions = ReturnType<typeof parseConnectionUrl>;

async function withConnection<Result>(
  options: ConnectionOptions,
  use: (connection: SMTPConnection) => Promise<Result>,
): Promise<Result> {
  const connection = new SMTPConnection(options);
  const broken = new Promise<never>((_resolve, reject) => {
    connection.on("error", reject);
    connection.on("end", () => reject(new Error("the connection was closed")));
  });
  broken.catch(() => undefined);
  try {
    await Promise.race([new Promise<void>((resolve) => connection.connect(() => resolve())), broken]);
    const { auth } = options;
    if (auth && connection.allowsAuth)
      await Promise.race([settled((done) => connection.login(auth, done)), broken]);
    return await Promise.race([use(connection), broken]);
  } finally {
    connection.quit();
    connection.close();
  }
}

async function deliver(
  connection: SMTPConnection,
  to: readonly string[],
  from: string,
  content: Readable,
): Promise<{ readonly reference: string; readonly rejected: readonly string[] }> {
  const failed = new Promise<never>((_resolve, reject) => content.once("error", reject));
  failed.catch(() => undefined);
  const sent = new Promise<Awaited<ReturnType<typeof deliver>>>((resolve, reject) => {
    connection.send({ from, to: [...to] }, content, (error, info) => {
      if (error) return reject(error);
      resolve({ reference: info?.response ?? "", rejected: info?.rejected ?? [] });
    });
  });
  return await Promise.race([sent, failed]);
}

function settled(run: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}

/** Past the size of a message, or of what the mailbox holds. */
const TOO_LARGE = new Set([523, 552]);

function outcomeOf(error: unknown, handing: boolean): MailOutcome {
  const code = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : undefined;
  const text = textOf(error);
  if (code !== undefined && code >= 500)
    return { kind: "refused", error: text, isTooLarge: TOO_LARGE.has(code) };
  if (code !== undefined && code >= 400) return { kind: "retry", error: text };
  return { kind: handing ? "unknown" : "retry", error: text };
}

/** The server's words, in one line; nodemailer's errors hold no credentials. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
