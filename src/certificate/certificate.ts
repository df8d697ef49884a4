/** The version this checker reads. `docs/certificate.md` is its specification. */
export const CERTIFICATE_FORMAT = "poolwise-certificate/1";

/** The files a certificate may name. `devices` and `plans` always stand in it. */
export const INPUT_NAMES = ["devices", "plans", "eligibility", "pools", "taxes"] as const;
export type InputName = (typeof INPUT_NAMES)[number];

/** SHA-256 of each input file that was given, 64 hexadecimal digits in lower case. */
export type InputHashes = Readonly<Partial<Record<InputName, string>>>;

/** What a run was asked for, as far as the bill and the bound depend on it. Money in micros. */
export interface CertificateSettings {
  readonly currency: string;
  /** Dates `YYYY-MM-DD`; `end` is the day after the last. */
  readonly period: { readonly start: string; readonly end: string; readonly days: number } | undefined;
  readonly switchCost: bigint;
  readonly minSaving: bigint;
  /** undefined for no limit. */
  readonly maxChanges: bigint | undefined;
  /** Whether invalid plans are set aside rather than refused. */
  readonly quarantine: boolean;
  /** In upper case; "" is a SIM without a state. */
  readonly billableStatuses: ReadonlySet<string>;
}

/** Prices by name, in 10^-18 currency: a pool's per MB, a limit's per SIM. A name that is missing has price 0. */
export type PriceList = readonly (readonly [name: string, price: bigint])[];

export interface LeafStep {
  readonly kind: "leaf";
  readonly pools: PriceList;
  readonly maxDevices: PriceList;
  readonly minDevices: PriceList;
  readonly maxChanges: bigint;
}

export interface PoolStep {
  readonly kind: "pool";
  readonly pool: string;
  /** The first branch has at most this many started blocks, the second at least one more. */
  readonly blocks: number;
  /** Where the second branch begins. */
  readonly second: number;
  /** One past the last step of the second branch. */
  readonly end: number;
}

/** Splits by the number of SIMs on a plan: at most `devices`, or more. */
export interface DevicesStep {
  readonly kind: "devices";
  readonly plan: string;
  readonly devices: number;
  readonly second: number;
  readonly end: number;
}

export interface SimStep {
  readonly kind: "sim";
  /** ICCID. */
  readonly sim: string;
  /** The first branch has the SIM on this plan, the second has it on any other. */
  readonly plan: string;
  readonly second: number;
  readonly end: number;
}

/** The tree as a list, each node before its branches, the first branch before the second. */
export type ProofStep = LeafStep | PoolStep | SimStep | DevicesStep;

/** A certificate whose form is right; nothing of what it claims has been checked. */
export interface Certificate {
  readonly inputs: InputHashes;
  readonly settings: CertificateSettings;
  /** Micros. */
  readonly bill: bigint;
  /** 10^-18 currency. */
  readonly bound: bigint;
  /** undefined where the certificate says null. */
  readonly gap: number | undefined;
  /** Micros; undefined where the certificate says null. */
  readonly lattice: bigint | undefined;
  readonly proof: readonly ProofStep[];
}
