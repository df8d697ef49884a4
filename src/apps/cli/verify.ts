import type { Command } from "commander";
import { readInputs } from "../../carriers/files/read-inputs.ts";
import type { Certificate, CertificateSettings } from "../../certificate/certificate.ts";
import type { CheckInputs } from "../../certificate/check-inputs.ts";
import { settingsConflicts } from "../../certificate/settings-conflicts.ts";
import type { VerificationResult } from "../../certificate/verify-certificate.ts";
import { verifyCertificate } from "../../certificate/verify-certificate.ts";
import type { CliContext } from "./context.ts";
import type { Progress } from "./terminal/progress.ts";
import { readAssignmentFile } from "./verify/read-assignment-file.ts";
import { readCertificateFile } from "./verify/read-certificate-file.ts";
import { showResult } from "./verify/show-result.ts";
import type { VerifyOptions, VerifySources } from "./verify/verify-options.ts";
import { givenSettings, sourcesOf } from "./verify/verify-options.ts";

export function register(program: Command, context: CliContext): void {
  program
    .command("verify")
    .description(
      "Checks an assignment and its certificate against the input files, in exact numbers, trusting neither.",
    )
    .requiredOption("--devices <file>", "the SIMs: iccid, rate_plan, usage_mb, …")
    .requiredOption("--plans <file>", "the rate plans")
    .option("--eligibility <file>", "which plans each communication plan may carry")
    .option("--pools <file>", "fixed pools")
    .option("--taxes <file>", "tax rates by location")
    .requiredOption("--assignments <file>", "the assignments.csv to check")
    .requiredOption("--certificate <file>", "the certificate.json to check")
    .option(
      "--period-start <date>",
      "first day of the billing cycle; settings are the certificate's unless given",
    )
    .option("--period-end <date>", "the day after its last")
    .option("--currency <code>", "currency of all prices")
    .option("--switch-cost <amount>", "what a change costs")
    .option("--min-saving <amount>", "what a change must save beyond that")
    .option("--max-changes <number>", "how many SIMs may change")
    .option("--quarantine", "invalid plans are set aside")
    .option("--json", "print the result as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: VerifyOptions) => verify(options, context));
}

const HELP = `
Exit status: 0 it holds, 1 it does not, 2 a file or an option is wrong.
docs/certificate.md defines what is checked. The files are those that optimize was given.

Example:
  poolwise verify --devices devices.csv --plans plans.csv \\
    --assignments out/assignments.csv --certificate out/certificate.json
`;

async function verify(options: VerifyOptions, context: CliContext): Promise<void> {
  const given = givenSettings(options);
  const sources = sourcesOf(options, context);
  const asJson = options.json === true;
  const read = await readCertificateFile(sources.certificate);
  if (read.certificate === undefined)
    return showResult(refused(read.reasons, read.reasonCount), undefined, asJson, context);
  const { certificate } = read;
  const conflicts = settingsConflicts(certificate.settings, given);
  if (conflicts.length > 0) return showResult(refused(conflicts), certificate, asJson, context);
  const result = await check(sources, certificate, context);
  showResult(result, certificate, asJson, context);
}

async function check(
  sources: VerifySources,
  certificate: Certificate,
  context: CliContext,
): Promise<VerificationResult> {
  const progress = context.progress();
  try {
    const inputs = await read(sources, certificate.settings, progress);
    progress.stage("Reading the assignment");
    const assignment = await readAssignmentFile(sources.assignments, inputs, ({ bytesRead }) =>
      progress.advance(bytesRead),
    );
    progress.stage("Checking");
    return verifyCertificate(inputs, assignment, certificate);
  } finally {
    progress.end();
  }
}

function refused(reasons: readonly string[], reasonCount = reasons.length): VerificationResult {
  return { holds: false, reasons, reasonCount, figures: { devices: 0, billedDevices: 0 } };
}

async function read(
  sources: VerifySources,
  { currency, period, quarantine }: CertificateSettings,
  progress: Progress,
): Promise<CheckInputs> {
  const { fleet, tariff, eligibility, setAside, hashes } = await readInputs(sources, {
    currency,
    quarantine,
    cycleDays: period?.days,
    maxQuarantinedShare: 1,
    onStage: (stage) => progress.stage(stage),
    onProgress: ({ bytesRead }) => progress.advance(bytesRead),
  });
  return {
    fleet,
    tariff,
    eligibility,
    setAside: new Set(setAside.map(({ plan }) => plan)),
    quarantined: fleet.quarantined.map(({ iccid }) => iccid),
    hashes,
  };
}
