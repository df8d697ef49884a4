import type { ReportFigures } from "../figures.ts";
import type { ReportedRun, ReportOrigin } from "../reported-run.ts";
export function pageOf(_run: ReportedRun, _figures: ReportFigures, _origin: ReportOrigin): string { return "<!doctype html>"; }
