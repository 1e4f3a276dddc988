/** Figures as people read them. Each takes undefined, which is what could not be measured, and shows a dash for it. */

export const absent = "–";

type Figure = number | undefined;

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 100012: "100,012". */
export function count(value: Figure): string {
    return value === undefined ? absent : grouped.format(value);
}

/** Three digits at least where there are any: 0.42, 4.2, 42, 4,200. */
export function decimal(value: Figure): string {
    if (value === undefined) return absent;
    const size = Math.abs(value);
    const digits = size === 0 || size >= 99.5 || Number.isInteger(value) ? 0 : size >= 0.995 ? 1 : 2;
    return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** 9.24: "9.2 s". */
export function seconds(value: Figure): string {
    return value === undefined ? absent : `${decimal(value)} s`;
}

/** 38.2: "38 ms"; from ten seconds on in seconds. */
export function milliseconds(value: Figure): string {
    if (value === undefined) return absent;
    if (value >= 10_000) return seconds(value / 1000);
    return `${value < 10 ? decimal(value) : count(value)} ms`;
}

/** 0.034: "3.4 %". */
export function percent(share: Figure): string {
    return share === undefined ? absent : `${decimal(share * 100)} %`;
}

/** How many times the divisor goes into the value: "0.42 ×"; a dash where there is nothing to divide by. */
export function ratio(value: Figure, divisor: Figure): string {
    if (value === undefined || divisor === undefined || divisor === 0) return absent;
    return `${(value / divisor).toFixed(2)} ×`;
}

/** A point in time on an axis of seconds: "12:05", and "1:12:05" from an hour on. */
export function clock(atSeconds: Figure): string {
    if (atSeconds === undefined) return absent;
    const whole = Math.floor(Math.abs(atSeconds));
    const two = (value: number) => String(value).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    const sign = atSeconds < 0 && whole > 0 ? "-" : "";
    return hours > 0 ? `${sign}${hours}:${two(minutes)}:${two(whole % 60)}` : `${sign}${minutes}:${two(whole % 60)}`;
}

/** At a midnight the date, "24 Nov"; otherwise the time of day, "09:15". In the time zone of the figures, given as UTC. */
export function dateOrTime(epochSeconds: number, isMidnight: boolean): string {
    const date = new Date(epochSeconds * 1000);
    if (!isMidnight) return date.toISOString().slice(11, 16);
    return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/** "1 request", "2 requests". */
export function plural(value: number, noun: string): string {
    return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
