/**
 * When a CronJob runs, as the controller reads it (robfig/cron's ParseStandard): five fields, or a word with @ before it. What
 * other crons take and it does not is refused in its own words: a seventh day, a range that goes round, "L".
 */

interface FieldKind {
    readonly name: string;
    readonly least: number;
    readonly most: number;
    /** From the least on. */
    readonly names: readonly string[];
}

const kinds: readonly FieldKind[] = [
    { name: "minute", least: 0, most: 59, names: [] },
    { name: "hour", least: 0, most: 23, names: [] },
    { name: "day of the month", least: 1, most: 31, names: [] },
    {
        name: "month",
        least: 1,
        most: 12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    { name: "day of the week", least: 0, most: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const words = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** The most days that a month has. */
const daysOfMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Why Kubernetes would refuse it, or never run it; undefined where it is a schedule. */
export function whyNoSchedule(text: string): string | undefined {
    if (/^\s*(?:CRON_)?TZ\s*=/.test(text)) return "names a time zone, which is timeZone's";
    if (text.startsWith("@")) return whyNoWord(text);
    const fields = text.split(/\s+/).filter((field) => field !== "");
    if (fields.length !== kinds.length) {
        return (
            `has ${fields.length} field${fields.length === 1 ? "" : "s"}, and not 5: minute, hour, day of the month, month, ` +
            "day of the week"
        );
    }
    const read = kinds.map((kind, i) => readField(fields[i] ?? "", kind));
    const [reason] = read.flatMap((field) => (typeof field === "string" ? [field] : []));
    if (reason !== undefined) return reason;
    const [, , days, months, weekdays] = read as readonly (readonly number[])[];
    return canBe(days ?? [], months ?? [], weekdays ?? [], isStar(fields[4] ?? ""))
        ? undefined
        : "is on a day that no month of it has, and so never";
}

function whyNoWord(text: string): string | undefined {
    if (words.includes(text)) return undefined;
    if (!text.startsWith("@every ")) return `is no word that Kubernetes knows: ${words.join(", ")}, @every 90m`;
    const length = /^@every (?:\d+(?:\.\d+)?(?:h|m|s))+$/.test(text);
    return length && /[1-9]/.test(text) ? undefined : "has no time such as 90m or 1h30m behind @every";
}

const isStar = (field: string) => field.split(",").some((part) => /^[*?](?:\/1)?$/.test(part));

/** With days of both kinds, either is enough. */
function canBe(
    days: readonly number[],
    months: readonly number[],
    weekdays: readonly number[],
    isEveryWeekday: boolean,
): boolean {
    if (!isEveryWeekday && weekdays.length > 0) return true;
    return months.some((month) => days.some((day) => day <= (daysOfMonths[month - 1] ?? 0)));
}

/** What could steer a terminal, or hide a message by its length, is not repeated. */
const shown = (part: string) => (/^[\w*?,/.#-]{1,20}$/.test(part) ? `"${part}"` : "what is none");

/** The values of a field; or what is wrong with it. */
function readField(field: string, kind: FieldKind): readonly number[] | string {
    const parts = field.split(",").filter((part) => part !== "");
    if (parts.length === 0) return `has no ${kind.name} in ${shown(field)}`;
    const values: number[] = [];
    for (const part of parts) {
        const read = readPart(part, kind);
        if (typeof read === "string") return read;
        values.push(...read);
    }
    return values;
}

function readPart(part: string, kind: FieldKind): readonly number[] | string {
    const wrong = (why: string) => `has ${shown(part)} for its ${kind.name}: ${why}`;
    const [range = "", stepText, ...more] = part.split("/");
    const [firstText = "", lastText, ...further] = range.split("-");
    const step = stepText === undefined ? 1 : numberOf(stepText);
    if (more.length > 0 || further.length > 0) return wrong("it has too many / or -");
    if (step === undefined || step === 0) return wrong("its step is no number above 0");
    const allowed = `from ${kind.least} to ${kind.most}${kind.names.length === 0 ? "" : `, or ${kind.names.join(", ")}`}`;
    const star = firstText === "*" || firstText === "?";
    if (star && lastText !== undefined) return wrong("a * is no end of a range");
    const first = star ? kind.least : valueOf(firstText, kind);
    // A single value with a step goes on to the end.
    const last =
        star || (lastText === undefined && stepText !== undefined) ? kind.most : valueOf(lastText ?? firstText, kind);
    if (first === undefined || last === undefined) return wrong(`allowed is ${allowed}`);
    if (first < kind.least || last > kind.most) return wrong(`allowed is ${allowed}`);
    if (first > last) return wrong("its range ends before it begins");
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}

const numberOf = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

function valueOf(text: string, { least, names }: FieldKind): number | undefined {
    const index = names.indexOf(text.toLowerCase());
    return index < 0 ? numberOf(text) : index + least;
}

/** Why it is no time zone that every cluster knows; undefined where it is one. */
export function whyNoTimeZone(name: string): string | undefined {
    if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(name) || name === "Local") return "is no name such as Europe/Berlin";
    try {
        const known = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
        // Kubernetes looks for a file of that name.
        return known !== name && known.toLowerCase() === name.toLowerCase() ? `is written ${known}` : undefined;
    } catch {
        return "is none that is known";
    }
}
