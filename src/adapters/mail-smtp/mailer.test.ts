import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import type { ParsedMail } from "mailparser";
import { SMTPServer } from "smtp-server";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { openMailer } from "./open-mailer.ts";
import type { Mail } from "./open-mailer.ts";

const servers: SMTPServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done))));
});

const open: SMTPServerOptions = { authOptional: true, disabledCommands: ["STARTTLS"], logger: false };

async function receiver(options: SMTPServerOptions = open) {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    onData(stream, _session, done) {
      simpleParser(stream).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
    ...options,
  });
  server.on("error", () => undefined);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    port,
    mailer: openMailer({ url: `smtp://127.0.0.1:${port}`, from: "poolwise@example.com", timeoutMs: 2_000 }),
  };
}

const MAIL: Mail = {
  to: ["finance@example.com", "ops@example.com"],
  subject: "USD 1,234.50 saved – Zoë's fleet",
  html: "<p>USD 1,234.50 saved</p>",
  text: "USD 1,234.50 saved",
  id: "session-end.6f1c",
  attachments: [
    {
      name: "report.xlsx",
      contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      content: Buffer.alloc(200_000, 7),
    },
  ],
};

const nothing = async (): Promise<void> => {};

function failure(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

test("a-mail-arrives-whole-with-its-figures-and-its-workbook", async () => {
  const { mails, mailer } = await receiver();
  expect(await mailer.send(MAIL, nothing)).toMatchObject({ kind: "sent" });
  const [mail] = mails;
  expect(mail?.subject).toBe(MAIL.subject);
  expect(mail?.html).toContain("USD 1,234.50 saved");
  expect(mail?.text).toContain("USD 1,234.50 saved");
  expect(mail?.messageId).toBe("<session-end.6f1c@example.com>");
  expect(mail?.attachments[0]?.filename).toBe("report.xlsx");
  expect(mail?.attachments[0]?.content.equals(Buffer.alloc(200_000, 7))).toBe(true);
});

test("the-content-is-not-begun-before-the-caller-has-noted-it", async () => {
  const { mails, mailer } = await receiver();
  const seen: number[] = [];
  await mailer.send(MAIL, async () => void seen.push(mails.length));
  expect(seen).toEqual([0]);
});

test("a-caller-who-may-no-longer-send-calls-the-mail-off", async () => {
  const { mails, mailer } = await receiver();
  const outcome = await mailer.send(MAIL, () => Promise.reject(new Error("somebody else has it")));
  expect(outcome.kind).toBe("retry");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(mails).toEqual([]);
});

test("a-server-that-is-away-or-says-not-now-is-tried-again-and-nothing-was-noted", async () => {
  let noted = 0;
  const note = async (): Promise<void> => void noted++;
  const away = openMailer({ url: "smtp://127.0.0.1:1", from: "poolwise@example.com", timeoutMs: 500 });
  expect((await away.send(MAIL, note)).kind).toBe("retry");
  const { mailer } = await receiver({
    ...open,
    onRcptTo: (_to, _session, done) => done(failure(451, "greylisted")),
  });
  expect(await mailer.send(MAIL, note)).toMatchObject({
    kind: "retry",
    error: expect.stringContaining("greylisted") as string,
  });
  expect(noted).toBe(0);
});

test("a-recipient-that-does-not-exist-is-not-tried-again", async () => {
  const { mailer } = await receiver({
    ...open,
    onRcptTo: (_to, _session, done) => done(failure(550, "no such user")),
  });
  expect((await mailer.send(MAIL, nothing)).kind).toBe("refused");
});

test("a-connection-that-breaks-while-the-content-is-taken-leaves-it-unknown", async () => {
  const { mailer } = await receiver({
    ...open,
    onData(stream) {
      stream.once("data", () =>
        (servers[0] as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections.forEach(
          (each) => each._socket.destroy(),
        ),
      );
    },
  });
  expect((await mailer.send(MAIL, nothing)).kind).toBe("unknown");
});

test("signs-in-and-says-where-that-fails-without-the-password", async () => {
  const { port } = await receiver({
    disabledCommands: ["STARTTLS"],
    logger: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === "poolwise" && password === "hunter2"
        ? done(null, { user: username })
        : done(new Error("wrong")),
  });
  const mailer = (password: string) =>
    openMailer({
      url: `smtp://poolwise:${password}@127.0.0.1:${port}`,
      from: "poolwise@example.com",
      timeoutMs: 2_000,
    });
  expect(await mailer("hunter2").verify()).toBeUndefined();
  const why = await mailer("hunter3").verify();
  expect(why).toBeDefined();
  expect(why).not.toContain("hunter3");
});
