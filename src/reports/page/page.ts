import { createHash } from "node:crypto";
import type { ReportFigures } from "../figures.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { reportTitle } from "../titles.ts";
import { headlineSection } from "./headline.ts";
import { markup, rawHtml } from "./html.ts";
import { aboutSection, groupsSection, leftOutSection } from "./left-out.ts";
import { planMixSection } from "./plan-mix.ts";
import { poolsSection } from "./pools.ts";
import { savingsSection } from "./savings.ts";
import { strategiesSection } from "./strategies.ts";
import { STYLE } from "./style.ts";

/** Nothing may load, run, frame or be sent: the page is its own text and one style sheet. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The report as one self-contained page. */
export function pageOf(
  run: ReportedRun,
  rows: InputRows,
  figures: ReportFigures,
  origin: ReportOrigin,
): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${rawHtml(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<meta name="referrer" content="no-referrer">
<title>${reportTitle(origin)}</title>
<style>${rawHtml(STYLE)}</style>
</head>
<body>
<main>
${headlineSection(run, figures, origin)}${savingsSection(run, figures)}${planMixSection(figures)}${poolsSection(figures)}${strategiesSection(figures)}${groupsSection(run, figures.currency)}${leftOutSection(figures, rows)}${aboutSection(run, figures, origin)}<footer>Made by Poolwise. Every SIM with its reason is in assignments.csv and report.xlsx; the proof is in certificate.json.</footer>
</main>
</body>
</html>
`.html;
}
