import { PassThrough, Writable } from "node:stream";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { PoolwiseError } from "../../billing/errors.ts";
import { createContext, type CliContext, type ShellContext } from "./context.ts";
import { COMMANDS, run, type CommandTable } from "./program.ts";

interface Collected {
  readonly context: ShellContext;
  readonly out: () => string;
  readonly err: () => string;
}

function collect(env: Record<string, string> = {}): Collected {
  const out: string[] = [];
  const err: string[] = [];
  const sink = (into: string[]) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        into.push(chunk.toString());
        done();
      },
    });
  const context = createContext({
    stdin: new PassThrough(),
    stdout: sink(out),
    stderr: sink(err),
    env,
    cwd: () => "/somewhere",
  });
  return { context, out: () => out.join(""), err: () => err.join("") };
}

/** One command, `act`, that does what it is given. */
function acting(action: (context: CliContext) => unknown): CommandTable {
  return {
    act: async () => ({
      register(program: Command, context: CliContext) {
        program
          .command("act")
          .option("--limit <n>", "a limit")
          .action(async () => {
            await action(context);
          });
      },
    }),
  };
}

test("ends with 0 where the command did its work, 1 where its answer is no", async () => {
  const { context } = collect();
  expect(
    await run(
      ["act"],
      context,
      acting(() => {}),
    ),
  ).toBe(0);
  expect(
    await run(
      ["act"],
      context,
      acting((shell) => shell.setExitStatus(1)),
    ),
  ).toBe(1);
});

test("lists the faults of an input and how many more there are, on stderr, with exit status 2", async () => {
  const { context, out, err } = collect();
  const commands = acting(() => {
    throw new PoolwiseError("input-invalid", "devices.csv has 31 faults.", {
      faults: [
        { file: "devices.csv", line: 3, column: "usage_mb", message: "must be a number, for example 1234.5" },
        { file: "devices.csv", line: 9, message: "has 3 cells, expected 4" },
      ],
      faultCount: 31,
    });
  });
  expect(await run(["act"], context, commands)).toBe(2);
  expect(out()).toBe("");
  expect(err()).toBe(
    "error: devices.csv has 31 faults.\n" +
      '  devices.csv:3, column "usage_mb": must be a number, for example 1234.5\n' +
      "  devices.csv:9: has 3 cells, expected 4\n" +
      "  … and 29 more\n",
  );
});

test("takes the exit status of an error from the registry", async () => {
  const { context } = collect();
  const infeasible = acting(() => {
    throw new PoolwiseError("instance-infeasible", "no assignment meets the limits");
  });
  expect(await run(["act"], context, infeasible)).toBe(1);
});

test("an unforeseen error is called a fault of ours, without a stack", async () => {
  const { context, err } = collect();
  const commands = acting(() => {
    throw new TypeError("x is not a function");
  });
  expect(await run(["act"], context, commands)).toBe(1);
  expect(err()).toContain("a fault in Poolwise: x is not a function");
  expect(err()).toContain("--debug");
  expect(err()).not.toContain("program.test.ts");
});

test("--debug shows where an error came from, wherever it stands", async () => {
  for (const args of [
    ["--debug", "act"],
    ["act", "--debug"],
  ]) {
    const { context, err } = collect();
    const commands = acting(() => {
      throw new TypeError("x is not a function");
    });
    expect(await run(args, context, commands)).toBe(1);
    expect(err()).toContain("program.test.ts");
  }
});

test("a wrong call ends with 2, says what is wrong and where the help is, and prints nothing on stdout", async () => {
  for (const [args, text] of [
    [["act", "--limt", "3"], "--limit"],
    [["act", "--limit"], "argument missing"],
    [["act", "surplus"], "too many arguments"],
    [["act", "surplus"], "poolwise act --help"],
    [["atc"], "act"],
    [["atc"], "poolwise --help"],
    [[], "Usage: poolwise"],
  ] as const) {
    const { context, out, err } = collect();
    expect(
      await run(
        args,
        context,
        acting(() => {}),
      ),
      args.join(" "),
    ).toBe(2);
    expect(out()).toBe("");
    expect(err()).toContain(text);
  }
});

test("an argument that an option refuses is a wrong call", async () => {
  const { context } = collect();
  const commands = acting(() => {
    throw new PoolwiseError("option-invalid", "--limit must be 1 or more");
  });
  expect(await run(["act", "--limit", "0"], context, commands)).toBe(2);
});

test("--quiet silences notes and progress but neither answers nor warnings", async () => {
  for (const args of [
    ["act", "--quiet"],
    ["--quiet", "act"],
  ]) {
    const { context, out, err } = collect();
    const commands = acting((shell) => {
      shell.note("a note");
      shell.progress().stage("Reading");
      shell.warn("a warning");
      shell.print("the answer");
    });
    expect(await run(args, context, commands)).toBe(0);
    expect(out()).toBe("the answer\n");
    expect(err()).toBe("a warning\n");
  }
});

test("names from a hostile file cannot steer the terminal", async () => {
  const { context, err } = collect();
  const commands = acting(() => {
    throw new PoolwiseError("plan-invalid", "plan \u001b[2J\u202eevil is unknown");
  });
  await run(["act"], context, commands);
  expect(err()).toBe("error: plan \\x1b[2J\\u202eevil is unknown\n");
});

test("colours only where asked or on a terminal", async () => {
  const plain = collect();
  expect(plain.context.colour("red", "x")).toBe("x");
  const forced = collect({ FORCE_COLOR: "1" });
  expect(forced.context.colour("red", "x")).toBe("\u001b[31mx\u001b[39m");
  const refused = collect({ FORCE_COLOR: "1", NO_COLOR: "1" });
  expect(refused.context.colour("red", "x")).toBe("x");
});

test("loads only the command that is called", async () => {
  const { context } = collect();
  const commands: CommandTable = {
    ...acting(() => {}),
    heavy: () => Promise.reject(new Error("loaded without need")),
  };
  expect(await run(["act"], context, commands)).toBe(0);
});

async function helpOf(words: readonly string[]): Promise<{ text: string; subcommands: string[] }> {
  const { context, out } = collect();
  expect(await run([...words, "--help"], context)).toBe(0);
  const listed = out().split("Commands:\n")[1]?.split("\n\n")[0] ?? "";
  const names = listed.split("\n").map((line) => /^ {2}(\S+)/.exec(line)?.[1] ?? "");
  return { text: out(), subcommands: names.filter((name) => name !== "" && name !== "help") };
}

test("the help lists every command, and the help of each ends with an example", async () => {
  const { text } = await helpOf([]);
  const queue = Object.keys(COMMANDS).map((name) => [name]);
  for (const [name = ""] of queue) expect(text).toContain(`  ${name}`);
  for (const words of queue) {
    const help = await helpOf(words);
    queue.push(...help.subcommands.map((name) => [...words, name]));
    const example = help.text.lastIndexOf("Example");
    expect(example, `poolwise ${words.join(" ")} --help ends with an example`).toBeGreaterThan(0);
    expect(help.text.slice(example)).toContain(`poolwise ${words[0] ?? ""}`);
  }
});
