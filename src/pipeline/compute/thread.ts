import { parentPort, workerData } from "node:worker_threads";
import type { JobStart } from "./messages.ts";
import { performJob } from "./perform-job.ts";

const port = parentPort;
if (port === null) throw new Error("thread.ts runs in a worker thread only");
await performJob(workerData as JobStart, (said) => port.postMessage(said));
