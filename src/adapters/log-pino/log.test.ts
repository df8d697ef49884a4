import { expect, test } from "vitest";
import { openLog } from "./open-log.ts";

function collecting(level: "debug" | "info" = "info") {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = openLog({
    level,
    secrets: new Set(['hunter2 "quoted"', "abc"]),
    destination,
    base: { worker: "w1" },
  });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("lines-are-json-with-the-ids-of-what-they-are-about", () => {
  const { log, parsed } = collecting();
  log.child({ tenantId: 1, accountId: 2 }).info({ sessionId: "s" }, "started");
  expect(parsed()[0]).toMatchObject({
    level: "info",
    worker: "w1",
    tenantId: 1,
    accountId: 2,
    sessionId: "s",
    msg: "started",
  });
});

test("secret-fields-are-hidden-wherever-they-stand", () => {
  const { log, lines } = collecting();
  const secret = "correct horse";
  log.info(
    { password: secret, account: { apiKey: secret, http: { authorization: secret } }, body: { all: secret } },
    "x",
  );
  expect(lines.join("")).not.toContain(secret);
});

test("known-secrets-are-hidden-in-messages-errors-and-other-fields", () => {
  const { log, lines, parsed } = collecting();
  const secret = 'hunter2 "quoted"';
  log.error(
    { err: new Error(`cannot reach https://x/${encodeURIComponent(secret)}`), other: [secret] },
    `with ${secret}`,
  );
  expect(lines.join("")).not.toContain("hunter2");
  expect(parsed()[0]).toMatchObject({ other: ["[secret]"], msg: "with [secret]" });
});

test("a-level-silences-what-is-below", () => {
  const { log, lines } = collecting();
  log.debug({}, "detail");
  expect(lines).toEqual([]);
});
