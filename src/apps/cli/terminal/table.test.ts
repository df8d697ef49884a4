import { expect, test } from "vitest";
import { table } from "./table.ts";

const plain = (_format: unknown, text: string) => text;

test("sets columns apart and figures flush right, with no trailing blanks", () => {
  const text = table(
    [{ title: "plan" }, { title: "SIMs", align: "right" }],
    [
      ["M2M 5", "12"],
      ["\u001b[31mred", "1,234"],
    ],
    plain,
  );
  expect(text).toBe("plan          SIMs\nM2M 5           12\n\\x1b[31mred  1,234");
});
