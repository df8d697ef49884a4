/** What the devices do. Shares and sizes are an assumption, chosen to resemble published figures of IoT fleets. */
export interface Profile {
  readonly name: string;
  readonly share: number;
  /** Lognormal bytes a month: the median in MB, and sigma. */
  readonly medianMb: number;
  readonly sigma: number;
  readonly updatesFirmware: boolean;
  /** Communication plans and how often each is found. */
  readonly communicationPlans: Readonly<Record<string, number>>;
}

export const PROFILES: readonly Profile[] = [
  {
    name: "silent",
    share: 7,
    medianMb: 0,
    sigma: 0,
    updatesFirmware: false,
    communicationPlans: { "NB-IoT Metering": 60, "LTE-M Telematics": 25, "LTE Broadband": 12, Lab: 3 },
  },
  {
    name: "meter",
    share: 55.8,
    medianMb: 0.364,
    sigma: 1,
    updatesFirmware: false,
    communicationPlans: { "NB-IoT Metering": 86, "LTE-M Telematics": 5, "Legacy 3G": 9 },
  },
  {
    name: "tracker",
    share: 23.2,
    medianMb: 6,
    sigma: 0.6,
    updatesFirmware: true,
    communicationPlans: { "LTE-M Telematics": 92, "Legacy 3G": 7.5, Lab: 0.5 },
  },
  {
    name: "router",
    share: 11.2,
    medianMb: 30,
    sigma: 1.24,
    updatesFirmware: true,
    communicationPlans: { "LTE Broadband": 100 },
  },
  {
    name: "camera",
    share: 2.8,
    medianMb: 1024,
    sigma: 1.24,
    updatesFirmware: true,
    communicationPlans: { "LTE Video": 85, "LTE Broadband": 15 },
  },
];

/** The plan each SIM was put on when it was bought: often a habit, seldom the cheapest. */
export const PLANS_BY_HABIT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "NB-IoT Metering": {
    "MON-FLEX 1MB": 48,
    "MON-FLEX 3MB": 27,
    "Monthly Individual 100KB": 12,
    "Monthly Fixed Pool Metering": 13,
  },
  "LTE-M Telematics": { "MON-FLEX 10MB": 46, "MON-FLEX 3MB": 18, "MON-FLEX 50MB": 26, "MON-FLEX 1MB": 10 },
  "LTE Broadband": {
    "MON-FLEX 50MB": 28,
    "MON-FLEX 300MB": 46,
    "MON-FLEX 1GB Zürich": 20,
    "MON-FLEX 10MB": 6,
  },
  "LTE Video": {
    "MON-FLEX 1GB Zürich": 34,
    "MON-FLEX 5GB": 36,
    "Monthly Unlimited Video": 20,
    "MON-FLEX 300MB": 10,
  },
  "Legacy 3G": { "Legacy 3G 5MB": 70, "MON-FLEX 10MB": 30 },
  Lab: { "MON-FLEX 10MB": 100 },
};

export const FIRMWARE_COHORTS = 12;
export const FIRMWARE_BYTES = 3 * 1_048_576;
