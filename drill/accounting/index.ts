/** From single results to what a report counts. */
export { attemptsById, repeatedIds, retriedIds, type IngressAttempts } from "./ingressAttempts";
export { always, countsOf, isLostIn, secondsOf, type Interval, type RequestCounts } from "./counts";
export { RequestRecord, type LostResult, type RecordedRequest } from "./requestRecord";
