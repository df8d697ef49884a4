import { formatMicros } from "../../../billing/decimal.ts";
import type { Certificate, CertificateSettings } from "../../../certificate/certificate.ts";
import { ATTO_PLACES, decimalText } from "../../../certificate/exact.ts";
import type { VerificationResult } from "../../../certificate/verify-certificate.ts";
import { gapPercent } from "../../../reports/number-text.ts";
import type { CliContext } from "../context.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";

/** Prints what the check came to, for a person or as one JSON document, and sets the exit status. */
export function showResult(
  result: VerificationResult,
  certificate: Certificate | undefined,
  asJson: boolean,
  context: CliContext,
): void {
  if (!result.holds) context.setExitStatus(1);
  if (asJson) context.print(JSON.stringify(toJson(result, certificate), null, 2));
  else showText(result, certificate, context);
}

function toJson(
  { holds, reasons, reasonCount, figures }: VerificationResult,
  certificate: Certificate | undefined,
) {
  return {
    holds,
    reasons,
    reason_count: reasonCount,
    claimed: certificate && {
      bill: formatMicros(certificate.bill),
      bound: decimalText(certificate.bound, ATTO_PLACES),
      gap: certificate.gap ?? null,
      lattice: certificate.lattice === undefined ? null : formatMicros(certificate.lattice),
      settings: settingsJson(certificate.settings),
    },
    recomputed: {
      devices: figures.devices,
      billed_devices: figures.billedDevices,
      quarantined: figures.quarantined,
      baseline: figures.baseline,
      bill: figures.bill,
      penalties: figures.penalties,
      changes: figures.changes,
      bound: figures.bound,
      leaves: figures.leaves,
      empty_leaves: figures.emptyLeaves,
    },
  };
}

function settingsJson(settings: CertificateSettings): object {
  const { currency, period, switchCost, minSaving, maxChanges, quarantine } = settings;
  return {
    currency,
    period: period === undefined ? null : { start: period.start, end: period.end },
    switch_cost: formatMicros(switchCost),
    min_saving: formatMicros(minSaving),
    max_changes: maxChanges === undefined ? null : Number(maxChanges),
    quarantine,
  };
}

function showText(
  result: VerificationResult,
  certificate: Certificate | undefined,
  context: CliContext,
): void {
  const { holds, reasons, reasonCount } = result;
  context.print(
    holds
      ? context.colour("green", "The certificate holds.")
      : context.colour("red", "The certificate does not hold."),
  );
  for (const reason of reasons) context.print(`  ${printable(reason)}`);
  if (reasonCount > reasons.length)
    context.print(`  … and ${(reasonCount - reasons.length).toLocaleString("en-US")} more`);
  if (certificate === undefined) return;
  context.print(printable(rulesText(certificate.settings)));
  context.print("");
  context.print(
    table(
      [{ title: "" }, { title: "claimed", align: "right" }, { title: "recomputed", align: "right" }],
      rows(result, certificate),
      context.colour,
    ),
  );
}

/** The rules that the claim is about. Whoever relies on it must know them; a checker cannot tell whose they are. */
function rulesText({ period, switchCost, minSaving, maxChanges, quarantine }: CertificateSettings): string {
  const rules = [
    period === undefined
      ? "no billing cycle given"
      : `billing cycle from ${period.start} up to ${period.end}`,
    `switching cost ${formatMicros(switchCost)}`,
    `minimum saving ${formatMicros(minSaving)}`,
    maxChanges === undefined ? "any number of changes" : `at most ${maxChanges} changes`,
    ...(quarantine ? ["invalid plans set aside"] : []),
  ];
  return `Rules, as the certificate has them: ${rules.join("; ")}.`;
}

function rows({ figures }: VerificationResult, certificate: Certificate): string[][] {
  const { currency } = certificate.settings;
  const unknown = "not computed";
  return [
    [`Bill today, ${currency}`, "", figures.baseline ?? unknown],
    [`Bill, ${currency}`, formatMicros(certificate.bill), figures.bill ?? unknown],
    ["Switching costs and minimum savings", "", figures.penalties ?? unknown],
    ["No assignment costs less than", decimalText(certificate.bound, ATTO_PLACES), figures.bound ?? unknown],
    ["Gap", gapText(certificate.gap), ""],
    ["SIMs in the bill, of all", "", `${figures.billedDevices} of ${figures.devices}`],
    ["Rows that cannot be read", "", String(figures.quarantined ?? unknown)],
    ["Changes", "", String(figures.changes ?? unknown)],
    ["Leaves of the proof", "", String(figures.leaves ?? unknown)],
  ];
}

const gapText = (gap: number | undefined): string => (gap === undefined ? "none" : gapPercent(gap));
