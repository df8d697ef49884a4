/** Stateless random draws: the same seed, stream and keys give the same number, in any order of asking. */
export function hash32(seed: number, stream: number, a: number, b = 0): number {
  let h = seed ^ Math.imul(stream + 1, 0x9e3779b1);
  h = mix(h ^ a);
  return mix(h ^ Math.imul(b, 0x85ebca6b)) >>> 0;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

/** In (0, 1). */
export function uniform(seed: number, stream: number, a: number, b = 0): number {
  return (hash32(seed, stream, a, b) + 0.5) / 4_294_967_296;
}

/** Standard normal (Box–Muller); it uses `stream` and `stream + 1`. */
export function normal(seed: number, stream: number, a: number, b = 0): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(seed, stream, a, b)));
  return radius * Math.cos(2 * Math.PI * uniform(seed, stream + 1, a, b));
}

export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h) >>> 0;
}

/** One index of `weights`, drawn in proportion to them. */
export function pickWeighted(weights: readonly number[], draw: number): number {
  let rest = draw * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i] ?? 0;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

/** One number for each purpose, so that no two purposes share draws. A normal draw uses two. */
export const STREAM = {
  profile: 1,
  mean: 2,
  lot: 4,
  status: 5,
  communicationPlan: 6,
  ratePlan: 7,
  activation: 8,
  touched: 9,
  lifetime: 10,
  roaming: 11,
  cycleNoise: 12,
  dayWeight: 14,
  firmware: 15,
  sessions: 16,
  sms: 17,
  fault: 18,
  faultPick: 19,
  faultSim: 20,
  apiKey: 21,
  serial: 22,
  plan: 23,
  latency: 24,
} as const;
