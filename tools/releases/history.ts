/** What happened, event by event: what the checker reads, and what history.ndjson keeps. Times are the database's, in ms since 1970. */

export const variantNames = ["ours", "usual"] as const;
export type VariantName = (typeof variantNames)[number];

/** What is done to a release, beside being released. */
export type Trouble = "none" | "migration-fails" | "killed" | "node-drained";

interface OfVariant {
    readonly variant: VariantName;
}

/** A request, when the client is done with it. */
export interface RequestEvent extends OfVariant {
    readonly kind: "request";
    readonly id: string;
    readonly method: "GET" | "POST";
    /** HTTP status, or the error's code where there is no answer. */
    readonly status: number | string;
    /** Its own id came back, with 200. */
    readonly isRight: boolean;
    /** Of the code that answered; null where none did. */
    readonly release: number | null;
    /** When that code began with it. */
    readonly servedAtMs: number | null;
}

/** An order as the database has it. */
export interface OrderEvent extends OfVariant {
    readonly kind: "order";
    readonly id: string;
    /** How often the application got it. */
    readonly arrivals: number;
}

/** Work that code of a release has begun. */
export interface Attempt extends OfVariant {
    readonly release: number;
    readonly pod: string;
    readonly begunAtMs: number;
    /** Null where it has not come to its end. */
    readonly endedAtMs: number | null;
    readonly error: string | null;
}

export interface MigrationEvent extends Attempt {
    readonly kind: "migration";
}

export interface JobEvent extends Attempt {
    readonly kind: "job";
    /** That of the order, and of the request that made it. */
    readonly id: string;
}

/** A run of the schedule. */
export interface RunEvent extends Attempt {
    readonly kind: "run";
    /** For which it was due, since 1970. */
    readonly minute: number;
}

/** In which minutes the schedule was there, the first and the last included. */
export interface ScheduledEvent extends OfVariant {
    readonly kind: "scheduled";
    readonly fromMinute: number;
    readonly toMinute: number;
}

/** A release, when whoever makes it is done with it. */
export interface ReleaseEvent extends OfVariant {
    readonly kind: "release";
    readonly release: number;
    readonly trouble: Trouble;
    readonly isDone: boolean;
    /** Whether what serves, works and is scheduled is what it was before; null where that was not looked at. */
    readonly isUnchanged: boolean | null;
    readonly seconds: number;
}

export type HistoryEvent =
    RequestEvent | OrderEvent | MigrationEvent | JobEvent | RunEvent | ScheduledEvent | ReleaseEvent;

/** "ours-000012". */
export function requestId(variant: VariantName, number: number): string {
    return `${variant}-${String(number).padStart(6, "0")}`;
}

export function toNdjson(events: readonly HistoryEvent[]): string {
    return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

export function fromNdjson(text: string): readonly HistoryEvent[] {
    return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as HistoryEvent);
}
