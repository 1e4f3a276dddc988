/** A schedule as `web.autoscaling.triggers` of a stack file, and back. */
import type { KedaTrigger } from "../../../components/specs/autoscaling";
import { lastMinute, type Schedule, type ScheduleWindow } from "../plant/schedule";

/** One for each window. */
export function triggersOf({ timeZone, windows }: Schedule): readonly KedaTrigger[] {
    return windows.map(({ days, fromMinute, untilMinute, replicas }, i) => ({
        type: "cron",
        name: `schedule-${i + 1}`,
        metadata: {
            timezone: timeZone,
            start: cronOf(fromMinute, days),
            end: cronOf(untilMinute, days),
            desiredReplicas: String(replicas),
        },
    }));
}

function cronOf(minute: number, days: readonly number[]): string {
    return `${minute % 60} ${Math.floor(minute / 60)} * * ${daysOf(days)}`;
}

/** "1-5", "0,6"; "*" for all of them. */
function daysOf(days: readonly number[]): string {
    const sorted = [...days].sort((a, b) => a - b);
    const [first = 0] = sorted;
    if (sorted.length === 7) return "*";
    const isRow = sorted.length > 2 && sorted.every((day, i) => day === first + i);
    return isRow ? `${first}-${first + sorted.length - 1}` : sorted.join(",");
}

/** Undefined where a trigger is no window of some days of the week: such are not modelled. */
export function scheduleOf(triggers: readonly KedaTrigger[]): Schedule | undefined {
    const windows = triggers.map(windowOf);
    const [zone, ...others] = new Set(triggers.map(({ metadata }) => metadata["timezone"]));
    if (zone === undefined || others.length > 0 || !windows.every((window) => window !== undefined)) return undefined;
    return { timeZone: zone, windows };
}

function windowOf({ type, metadata }: KedaTrigger): ScheduleWindow | undefined {
    const { start, end, desiredReplicas } = metadata;
    const [from, until] = [timeOf(start), timeOf(end)];
    const replicas = Number(desiredReplicas);
    if (type !== "cron" || from === undefined || until === undefined || !Number.isInteger(replicas)) return undefined;
    if (from.days.join() !== until.days.join() || from.minute >= until.minute) return undefined;
    return { days: from.days, fromMinute: from.minute, untilMinute: until.minute, replicas };
}

function timeOf(cron = ""): { readonly minute: number; readonly days: readonly number[] } | undefined {
    const [, minute, hour, days = ""] = /^\s*(\d+)\s+(\d+)\s+\*\s+\*\s+(\*|[\d,-]+)\s*$/.exec(cron) ?? [];
    const time = Number(hour) * 60 + Number(minute);
    if (minute === undefined || Number(minute) > 59 || time > lastMinute) return undefined;
    const all = days === "*" ? "0-6" : days;
    const listed = all.split(",").flatMap((part) => {
        const [first = NaN, last = first] = part.split("-").map(Number);
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) % 7);
    });
    return listed.some(Number.isNaN) ? undefined : { minute: time, days: [...new Set(listed)].sort() };
}
