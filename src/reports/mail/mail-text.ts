import type { Block, Column, MailContent } from "./mail-content.ts";

const WIDTH = 72;

/** The plain text of a mail. */
export function mailText(content: MailContent): string {
  const parts = [
    `${content.title}\n${content.subtitle}`,
    heading(content.headline),
    wrapped(content.lead),
    ...content.blocks.map(blockText),
    `-- \n${content.footer.map((line) => wrapped(line)).join("\n")}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

const heading = (text: string): string => `${text}\n${"=".repeat(Math.min(WIDTH, text.length))}`;
const section = (title: string, body: string): string => `${title}\n${"-".repeat(title.length)}\n${body}`;

function blockText(block: Block): string {
  switch (block.kind) {
    case "bars":
      return section(
        block.title,
        tableText(
          [{ title: "" }, { title: "", right: true }],
          block.bars.map(({ label, amount }) => [label, amount]),
        ),
      );
    case "box":
      return `${block.tone === "warning" ? "! " : ""}${block.title}\n${wrapped(block.text)}`;
    case "table":
      return section(
        block.title,
        tableText(block.columns, [block.columns.map(({ title }) => title), ...block.rows]),
      );
    case "list":
      return section(block.title, block.items.map((item) => wrapped(`- ${item}`, "  ")).join("\n"));
    case "links":
      return section(
        block.title,
        [wrapped(block.text), ...block.links.map(({ label, url }) => `${label}:\n  ${url}`)].join("\n"),
      );
    case "command":
      return `${wrapped(block.text)}\n    ${block.command}`;
  }
}

function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((_, k) => Math.max(...rows.map((row) => (row[k] ?? "").length)));
  return rows
    .map((row) =>
      columns
        .map(({ right }, k) => {
          const cell = row[k] ?? "";
          return right ? cell.padStart(widths[k] ?? 0) : cell.padEnd(widths[k] ?? 0);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Lines of at most `WIDTH`, broken between words. */
function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
