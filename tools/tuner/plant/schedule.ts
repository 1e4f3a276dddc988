/** Replicas by the clock, as KEDA's cron triggers ask for them: beside the other metrics, of which the largest counts. */
import { tickSeconds } from "../traffic/traffic";

export interface ScheduleWindow {
    /** Of the week, 0 is Sunday. */
    readonly days: readonly number[];
    /** Of the day. */
    readonly fromMinute: number;
    /** After fromMinute, and at most {@link lastMinute}: a trigger's end is of the same day. */
    readonly untilMinute: number;
    readonly replicas: number;
}

export interface Schedule {
    /** Of IANA: "Europe/Berlin". */
    readonly timeZone: string;
    readonly windows: readonly ScheduleWindow[];
}

export const lastMinute = 24 * 60 - 1;

/** What a trigger asks for outside of its window. */
const otherwise = 1;

const daySeconds = 86_400;
const hourSeconds = 3600;

/** What is asked for at the beginning of each tick. */
export function scheduledReplicas(
    { timeZone, windows }: Schedule,
    startSeconds: number,
    ticks: number,
): Float64Array<ArrayBuffer> {
    const replicas = new Float64Array(ticks);
    forEachLocalMinute(timeZone, startSeconds, ticks, (tick, day, minute) => {
        let most = otherwise;
        for (const { days, fromMinute, untilMinute, replicas: wanted } of windows) {
            if (minute >= fromMinute && minute < untilMinute && wanted > most && days.includes(day)) most = wanted;
        }
        replicas[tick] = most;
    });
    return replicas;
}

/** @param visit gets the day of the week, and the minute of the day with its seconds as a part */
export function forEachLocalMinute(
    timeZone: string,
    startSeconds: number,
    ticks: number,
    visit: (tick: number, day: number, minute: number) => void,
): void {
    const offsetAt = offsetsOf(timeZone);
    let hour = NaN;
    let offset = 0;
    for (let tick = 0; tick < ticks; tick++) {
        const now = startSeconds + tick * tickSeconds;
        // Clocks change at whole quarters of hours, of UTC at whole hours nearly everywhere.
        if (Math.floor(now / hourSeconds) !== hour) {
            hour = Math.floor(now / hourSeconds);
            offset = offsetAt(hour * hourSeconds);
        }
        const local = now + offset;
        // 1970 began on a Thursday.
        visit(tick, (Math.floor(local / daySeconds) + 4) % 7, (local % daySeconds) / 60);
    }
}

/** Seconds that a zone's clock is ahead of UTC. */
function offsetsOf(timeZone: string): (epochSeconds: number) => number {
    if (/^(?:Etc\/)?UTC$/.test(timeZone)) return () => 0;
    const format = new Intl.DateTimeFormat("en", {
        timeZone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
    });
    return (epochSeconds) => {
        const parts = Object.fromEntries(format.formatToParts(epochSeconds * 1000).map(({ type, value }) => [type, Number(value)])); // prettier-ignore
        const { year = 0, month = 1, day, hour, minute } = parts;
        return Date.UTC(year, month - 1, day, hour, minute) / 1000 - epochSeconds;
    };
}

export function isTimeZone(name: string): boolean {
    try {
        new Intl.DateTimeFormat("en", { timeZone: name });
        return true;
    } catch {
        return false;
    }
}
