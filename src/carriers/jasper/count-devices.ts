import type { CallOptions } from "../../ports/carrier.ts";
import { apiDevicePage } from "./api-types.ts";
import { formatInstant } from "./carrier-dates.ts";
import type { JasperClient } from "./client.ts";
import { beginOfTime } from "./list-devices.ts";

/** The end lies where it was expected, or close by: whoever has to look longer is being led astray. */
const MOST_CALLS = 12;

/**
 * How many SIMs the whole list holds, by its last page alone, which is looked for where `expected` SIMs would end. It is
 * one instant's count: the list is asked for as one, with an end given, so that the carrier puts none of its own.
 */
export async function countDevices(
  client: JasperClient,
  expected: number,
  options: CallOptions,
): Promise<number | undefined> {
  const { pageSize } = client.settings;
  let page = Math.max(1, Math.ceil(expected / pageSize));
  for (let calls = 0; calls < MOST_CALLS && page >= 1; calls++) {
    const answer = await readPage(client, page, options);
    if (answer === "past-end" || (answer.count === 0 && answer.lastPage && page > 1)) page--;
    else if (answer.lastPage) return (page - 1) * pageSize + answer.count;
    // Empty and yet not the last is nonsense: it is asked for again.
    else if (answer.count > 0) page++;
  }
  return undefined;
}

async function readPage(
  client: JasperClient,
  page: number,
  { signal }: CallOptions,
): Promise<{ readonly count: number; readonly lastPage: boolean } | "past-end"> {
  const { settings } = client;
  const instant = (ms: number): string => formatInstant(new Date(ms), settings.instantForm);
  const result = await client.request({
    method: "GET",
    route: "/devices",
    query: {
      accountId: settings.accountId,
      modifiedSince: instant(beginOfTime(client)),
      modifiedTill: instant(client.nowMs() + settings.skewMs),
      pageSize: String(settings.pageSize),
      pageNumber: String(page),
    },
    schema: apiDevicePage,
    signal,
  });
  if (result.ok) return { count: result.value.devices.length, lastPage: result.value.lastPage };
  const { refused, error } = result.failure;
  if (!refused || error.code !== "carrier-refused") throw error;
  return "past-end";
}
