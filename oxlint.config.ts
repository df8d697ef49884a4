import { defineConfig, type OxlintOverride } from "oxlint";
import { ROOMS, type Room } from "./layers.ts";

const OUTSIDE_GLOBALS = [
  "Date",
  "performance",
  "process",
  "crypto",
  "fetch",
  "console",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "Buffer",
  "Temporal",
];

/** Tests and what they stand on may reach anywhere; sources may not reach them. */
const TEST_FILES = ["**/*.test.ts", "**/fixtures/**"];
const TEST_FOLDERS = {
  regex: "(^|/)fixtures/",
  message: "fixtures/ is for tests: move what a source needs out of it.",
};

function roomFiles(room: Room): string[] {
  return room.name === "simulator" ? ["simulator/**/*.ts"] : [`src/${room.name}/**/*.ts`];
}

function layerOverride(room: Room): OxlintOverride {
  const forbidden = ROOMS.filter((other) => other !== room && !room.imports.includes(other.name));
  const patterns = [TEST_FOLDERS];
  if (forbidden.length > 0) {
    patterns.push({
      regex: `^\\.{1,2}/(.*/)?(${forbidden.map((other) => other.name).join("|")})/`,
      message: room.instead,
    });
  }
  if (room.packages === "none") {
    patterns.push({ regex: "^[^.]", message: room.instead });
  }
  return {
    files: roomFiles(room),
    excludeFiles: TEST_FILES,
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

const pureRooms = ROOMS.filter((room) => room.packages === "none");

const pureOverride: OxlintOverride = {
  files: pureRooms.flatMap(roomFiles),
  excludeFiles: TEST_FILES,
  rules: {
    "no-restricted-globals": [
      "error",
      ...OUTSIDE_GLOBALS.map((name) => ({
        name,
        message: "A pure room knows no clock, no randomness and no I/O: take it as an argument.",
      })),
    ],
    "no-restricted-properties": [
      "error",
      {
        object: "Math",
        property: "random",
        message: "A pure room knows no randomness: take a seeded generator as an argument.",
      },
    ],
  },
};

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "vitest", "node"],
  categories: { correctness: "error" },
  options: { typeAware: true },
  ignorePatterns: ["node_modules", "dist", "coverage", "out"],
  rules: {
    eqeqeq: ["error", "always"],
    "vitest/no-conditional-expect": "off",
    "vitest/no-standalone-expect": "off",
    "import/no-cycle": "error",
    "no-var": "error",
    "prefer-const": "error",
    "typescript/await-thenable": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-misused-spread": "off",
    "typescript/only-throw-error": ["error", { allowRethrowing: true, allowThrowingUnknown: true }],
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/unbound-method": "off",
    "vitest/expect-expect": ["error", { assertFunctionNames: ["expect", "expect*", "assert*", "fc.assert"] }],
    "vitest/no-conditional-tests": "off",
    "vitest/no-focused-tests": "error",
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
    "vitest/no-disabled-tests": "error",
  },
  overrides: [...ROOMS.map(layerOverride), pureOverride],
});
