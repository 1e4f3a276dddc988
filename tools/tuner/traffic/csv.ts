/** `time,requests_per_second[,cpu_seconds_per_request]`, one row for each step. */
import { RowSeries } from "./rowSeries";
import { at, TraceError, type Traffic } from "./traffic";

const timeColumn = "time";
const rateColumn = "requests_per_second";
const cpuColumn = "cpu_seconds_per_request";
const columns = [timeColumn, rateColumn, cpuColumn] as const;

const unquoted = (field: string): string => field.trim().replace(/^"(.*)"$/, "$1");

/** True where a trace's first line is a header of ours, or is meant to be one. */
export const isCsvHeader = (line: string): boolean =>
    columns.some((column) => line.includes(column)) || isGrafanaHeader(fieldsOf(line));

/** An export of a panel with one series: its times, and a column that is named by the query or its legend. */
const isGrafanaHeader = ([time, rate, ...others]: readonly string[]): boolean =>
    time?.toLowerCase() === timeColumn && rate !== undefined && !isOurs(rate) && others.length === 0 && !isOurs(time);

const isOurs = (name: string): boolean => (columns as readonly string[]).includes(name);

/** Quoted fields may have commas in them. */
const fieldsOf = (text: string): readonly string[] =>
    (text.match(/(?:"(?:[^"]|"")*"|[^,"])+|(?<=,|^)(?=,|$)/g) ?? []).map(unquoted);

/** What Grafana writes behind a number where a unit was chosen for the panel. */
const grafanaUnit = /\s*(?:req\/s|reqps|rps|ops\/s)$/;

/** @throws TraceError at the first row that cannot be read */
export async function readCsv(batches: AsyncIterable<readonly string[]>, source: string): Promise<Traffic> {
    const rows = new RowSeries();
    let header: Header | undefined;
    let line = 0;
    for await (const batch of batches) {
        for (const text of batch) {
            line++;
            if (text.trim() === "") continue;
            const place = at(source, line);
            if (header === undefined) {
                header = readHeader(text, place);
                continue;
            }
            const fields = fieldsOf(text);
            if (fields.length !== header.count) throw new TraceError(`${place}: ${describeCount(fields, header)}`);
            const rate = fields[header.rate]?.replace(header.isGrafana ? grafanaUnit : "", "");
            // Grafana leaves a cell empty where nothing was measured.
            if (header.isGrafana && (rate === "" || rate === "NaN" || rate === "null")) continue;
            const cpu = header.cpu === undefined ? undefined : readNumber(fields[header.cpu], cpuColumn, place);
            if (cpu === 0)
                throw new TraceError(`${place}: ${cpuColumn} is 0. A request costs some CPU; see the README.`);
            rows.add({
                place,
                timeSeconds: readTime(fields[header.time] ?? "", place),
                requestsPerSecond: readNumber(rate, rateColumn, place),
                cpuSecondsPerRequest: cpu,
            });
        }
    }
    if (header === undefined) throw new TraceError(`${source}: the file is empty.`);
    return rows.finish();
}

interface Header {
    readonly count: number;
    readonly time: number;
    readonly rate: number;
    readonly cpu: number | undefined;
    readonly isGrafana: boolean;
}

const wanted = `${timeColumn},${rateColumn} or ${columns.join(",")}`;

function readHeader(text: string, place: string): Header {
    const names = fieldsOf(text);
    if (isGrafanaHeader(names)) return { count: 2, time: 0, rate: 1, cpu: undefined, isGrafana: true };
    if (names.length === 1 && /[;\t]/.test(text)) {
        throw new TraceError(`${place}: fields are separated by ${text.includes(";") ? ";" : "tabs"}. Use commas.`);
    }
    const unknown = names.find((name) => !(columns as readonly string[]).includes(name));
    if (unknown !== undefined) {
        throw new TraceError(`${place}: unknown column ${JSON.stringify(unknown)}. The first line must be ${wanted}.`);
    }
    const [time, rate, cpu] = columns.map((name) => names.indexOf(name));
    if (time === undefined || rate === undefined || time < 0 || rate < 0 || new Set(names).size < names.length) {
        throw new TraceError(`${place}: found ${text}. The first line must be ${wanted}.`);
    }
    return { count: names.length, time, rate, cpu: cpu === undefined || cpu < 0 ? undefined : cpu, isGrafana: false };
}

function describeCount(fields: readonly string[], header: Header): string {
    const found = `${fields.length} ${fields.length === 1 ? "field" : "fields"}, but the header has ${header.count}. `;
    return fields.length > header.count
        ? `${found}Write decimals with a point, not a comma.`
        : `${found}Leave the whole row out where nothing was measured.`;
}

function readNumber(text: string | undefined, column: string, place: string): number {
    if (text !== undefined && /^\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
    throw new TraceError(
        `${place}: ${column} is ${JSON.stringify(text ?? "")}. Needed: a number that is not negative. ` +
            "Leave the whole row out where nothing was measured: the gap is bridged and reported.",
    );
}

/** From here on, seconds since 1970 are milliseconds: it would be the year 5138. */
const surelyMilliseconds = 1e11;

/** Traffic of the year 2100 was not measured. */
const latestSeconds = Date.UTC(2100, 0) / 1000;

const yearOf = (seconds: number): number => new Date(seconds * 1000).getUTCFullYear();

const isoTime = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|([+-])(\d{2}):?(\d{2}))?$/;

function readTime(text: string, place: string): number {
    if (/^\d+(\.\d+)?$/.test(text)) {
        const seconds = Number(text);
        if (seconds < latestSeconds) return seconds;
        if (seconds < surelyMilliseconds) {
            throw new TraceError(
                `${place}: time is ${text}, in the year ${yearOf(seconds)}. Mend it, or leave the row out.`,
            );
        }
        throw new TraceError(`${place}: time is ${text}, which looks like milliseconds. Divide it by 1000.`);
    }
    const seconds = readIsoTime(text);
    if (seconds !== undefined && seconds < latestSeconds) return seconds;
    if (seconds !== undefined) {
        throw new TraceError(
            `${place}: time is ${text}, in the year ${yearOf(seconds)}. Mend it, or leave the row out.`,
        );
    }
    throw new TraceError(
        `${place}: time is ${JSON.stringify(text)}. Needed: seconds since 1970, or a time such as ` +
            "2026-11-24T09:15:00Z (without a zone, all rows count as of one zone).",
    );
}

/** Undefined for what is no time, 30 February included. */
function readIsoTime(text: string): number | undefined {
    const match = isoTime.exec(text);
    if (match === null) return undefined;
    const [, year, month, day, hours, minutes, seconds = "0", , sign, zoneHours = "0", zoneMinutes = "0"] = match;
    const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const isOutside = Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60;
    if (isOutside || new Date(midnight).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
    const zoneSeconds = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60 * (sign === "-" ? -1 : 1);
    return midnight / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - zoneSeconds;
}
