/**
 * The rooms of `src/` and what each may import: the layer rules of the linter are made from this table.
 * `packages` says whether a room may import npm packages and node: modules.
 */
export interface Room {
  readonly name: string;
  readonly imports: readonly string[];
  readonly packages: "any" | "none";
  readonly instead: string;
}

const PURE =
  "Pass clocks, randomness, files and progress in as arguments; the caller in a higher room has them.";

export const ROOMS: readonly Room[] = [
  {
    name: "billing",
    imports: [],
    packages: "none",
    instead: `billing/ imports nothing but itself. ${PURE}`,
  },
  {
    name: "optimizer",
    imports: ["billing"],
    packages: "none",
    instead: `optimizer/ imports billing/ alone. ${PURE}`,
  },
  {
    name: "certificate",
    imports: ["billing"],
    packages: "none",
    instead: `certificate/ checks the optimiser's claims, so it imports billing/ alone and shares no code with optimizer/: write the check again from the formula. ${PURE}`,
  },
  {
    name: "forecast",
    imports: ["billing"],
    packages: "none",
    instead: `forecast/ imports billing/ alone. ${PURE}`,
  },
  {
    name: "ports",
    imports: ["billing", "optimizer", "certificate", "forecast"],
    packages: "any",
    instead:
      "ports/ names what the pipeline needs from outside: declare the type here and let an adapter implement it.",
  },
  {
    name: "adapters",
    imports: ["billing", "optimizer", "certificate", "forecast", "ports"],
    packages: "any",
    instead:
      "adapters/ implement a port: depend on ports/ and the rooms below it, and let apps/ wire the adapter in.",
  },
  {
    name: "carriers",
    imports: ["billing", "optimizer", "certificate", "forecast", "ports"],
    packages: "any",
    instead:
      "carriers/ translate a carrier to our terms: depend on ports/ and the rooms below it, and let apps/ wire them in.",
  },
  {
    name: "reports",
    imports: ["billing", "optimizer", "certificate", "forecast", "ports", "adapters", "carriers"],
    packages: "any",
    instead:
      "reports/ draw a finished result: take it as an argument from pipeline/ or apps/, declare shared types lower down.",
  },
  {
    name: "pipeline",
    imports: ["billing", "optimizer", "certificate", "forecast", "ports", "adapters", "carriers", "reports"],
    packages: "any",
    instead: "pipeline/ is called by apps/: take what you need as an argument.",
  },
  {
    name: "apps",
    imports: [
      "billing",
      "optimizer",
      "certificate",
      "forecast",
      "ports",
      "adapters",
      "carriers",
      "reports",
      "pipeline",
      "simulator",
    ],
    packages: "any",
    instead: "apps/ is the top room.",
  },
  {
    name: "simulator",
    imports: ["billing"],
    packages: "any",
    instead:
      "simulator/ is the other side of the wire: it shares no code with carriers/, so a mistake in one is not repeated in the other. Write the carrier's shape again here.",
  },
];
