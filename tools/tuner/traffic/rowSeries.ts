/**
 * Rows of a measured rate, each of which holds until the next one, as ticks. Gaps are bridged by a straight line and clock
 * changes undone; both are reported.
 */
import { TickSeries } from "./tickSeries";
import { describeSeconds, describeTime, TraceError, type Traffic } from "./traffic";

export interface Row {
    /** Where it stands, for messages: "traffic.csv:17". */
    readonly place: string;
    /** Seconds since 1970. */
    readonly timeSeconds: number;
    readonly requestsPerSecond: number;
    /** Undefined where the trace does not tell; then no row may tell. */
    readonly cpuSecondsPerRequest: number | undefined;
}

/** Rows that are looked at before the usual step between two of them is known. */
const rowsForStep = 64;

/** Longer ones are no gap in a trace but two traces. */
const longestGapSeconds = 86_400;

/** A step above it hides the peaks that a service has to survive. */
const coarseStepSeconds = 120;

/** No service has more: it is a counter, or a mistake in one. */
const mostRequestsPerSecond = 1e7;

/** Rows that only ever grow, in whole numbers, for so long are no rate. */
const rowsOfCounter = 60;

/** By how much clocks are set back in autumn; half an hour on Lord Howe Island. */
const clockChanges: readonly number[] = [3600, 1800];

/** Gaps and clock changes that are told one by one. */
const mostNotes = 3;

export class RowSeries {
    private readonly firstRows: Row[] = [];
    private stepSeconds = 0;
    private series: TickSeries | undefined;
    private previous: Row | undefined;
    /** Added to every time since clocks were set back. */
    private shiftSeconds = 0;
    private readonly clockNotes: string[] = [];
    private readonly gapNotes: string[] = [];
    private gaps = 0;
    private gapSeconds = 0;
    private hasCpu = false;
    private readonly growth = { rows: 0, rises: 0, resets: 0, isCounter: true };

    add(row: Row): void {
        if (this.series !== undefined) {
            this.accept(row, this.series);
            return;
        }
        this.firstRows.push(row);
        if (this.firstRows.length === rowsForStep) this.start();
    }

    /** @throws TraceError where there are too few rows, or where they are no rates */
    finish(): Traffic {
        const series = this.series ?? this.start();
        this.checkCounter();
        const last = this.previous;
        if (last !== undefined) {
            const { requestsPerSecond, cpuSecondsPerRequest = 0 } = last;
            const from = last.timeSeconds + this.shiftSeconds;
            series.addRate(from, from + this.stepSeconds, requestsPerSecond, cpuSecondsPerRequest);
        }
        const { cpuSecondsPerRequest, ...ticks } = series.finish();
        return {
            ...ticks,
            cpuSecondsPerRequest: this.hasCpu ? cpuSecondsPerRequest : undefined,
            requestSeconds: undefined,
            notes: this.notes(),
        };
    }

    /** The usual step is the median: one gap among the first rows must not decide it. */
    private start(): TickSeries {
        const [first, second] = this.firstRows;
        if (first === undefined || second === undefined) {
            const found = first === undefined ? "no row" : `one row only (${first.place})`;
            throw new TraceError(`The trace has ${found}. Needed: two at least, and better a week of them.`);
        }
        const steps = this.firstRows
            .slice(1)
            .map((row, i) => row.timeSeconds - (this.firstRows[i]?.timeSeconds ?? 0))
            .filter((step) => step > 0)
            .sort((a, b) => a - b);
        this.stepSeconds = steps[Math.floor(steps.length / 2)] ?? 0;
        const series = new TickSeries(first.timeSeconds);
        this.series = series;
        for (const row of this.firstRows) this.accept(row, series);
        this.firstRows.length = 0;
        return series;
    }

    /** A counter rises or stays, and begins again near 0. */
    private watch(row: Row, previous: Row): void {
        const [before, after] = [previous.requestsPerSecond, row.requestsPerSecond];
        const { growth } = this;
        growth.rows++;
        if (after > before) growth.rises++;
        if (after < before) growth.resets++;
        if (!Number.isInteger(after) || (after < before && after > before / 10)) growth.isCounter = false;
    }

    private checkCounter(): void {
        const { rows, rises, resets, isCounter } = this.growth;
        if (!isCounter || rows < rowsOfCounter || rises < rows / 2 || resets > rows / rowsOfCounter) return;
        throw new TraceError(
            "The values only ever grow, as a counter of all requests does. Needed: requests per second. " +
                "In Prometheus put rate(...[1m]) around it; in a file take each value's difference, divided by the seconds between.",
        );
    }

    private accept(row: Row, series: TickSeries): void {
        if (row.requestsPerSecond > mostRequestsPerSecond) {
            throw new TraceError(
                `${row.place}: ${row.requestsPerSecond} requests per second are no rate of a service. Is it a counter, without ` +
                    "rate(...)? Where it is one bad value, leave its row out.",
            );
        }
        this.hasCpu = row.cpuSecondsPerRequest !== undefined;
        const { previous } = this;
        this.previous = row;
        if (previous === undefined) return;
        this.watch(row, previous);
        const from = previous.timeSeconds + this.shiftSeconds;
        this.checkClock(row, previous);
        const until = row.timeSeconds + this.shiftSeconds;
        const { requestsPerSecond: rate, cpuSecondsPerRequest: cpu = 0 } = previous;
        if (until - from <= 1.5 * this.stepSeconds) {
            series.addRate(from, until, rate, cpu);
            return;
        }
        const gapFrom = from + this.stepSeconds;
        this.noteGap(row, previous, until - gapFrom);
        series.addRate(from, gapFrom, rate, cpu);
        series.addSlope(gapFrom, until, rate, row.requestsPerSecond, cpu);
    }

    private checkClock(row: Row, previous: Row): void {
        const step = row.timeSeconds - previous.timeSeconds;
        if (step > 0) return;
        if (step === 0) {
            throw new TraceError(
                `${row.place}: the same time as in ${previous.place}, ${describeTime(row.timeSeconds)}. ` +
                    "Keep one row for each time; add the rates up where they are of several controllers.",
            );
        }
        const setBack = clockChanges.find((seconds) => Math.abs(step + seconds - this.stepSeconds) < 1);
        if (setBack === undefined) {
            throw new TraceError(
                `${row.place}: ${describeTime(row.timeSeconds)} is ${describeSeconds(-step)} before the row above it ` +
                    `(${previous.place}). Sort the rows by time.`,
            );
        }
        this.shiftSeconds += setBack;
        this.clockNotes.push(
            `${row.place}: clocks were set back by ${describeSeconds(setBack)}; from here on times count as so much later.`,
        );
    }

    private noteGap(row: Row, previous: Row, seconds: number): void {
        if (seconds > longestGapSeconds) {
            throw new TraceError(
                `${row.place}: nothing for ${describeSeconds(seconds)} since ${previous.place}. ` +
                    "Allowed: gaps of up to a day. Cut the file in two, and take the part with the busier days.",
            );
        }
        this.gaps++;
        this.gapSeconds += seconds;
        if (this.gaps > mostNotes) return;
        const isHour = clockChanges.some((change) => Math.abs(seconds - change) < 1);
        this.gapNotes.push(
            `${row.place}: nothing for ${describeSeconds(seconds)}` +
                (isHour ? " (or clocks were set forward)" : "") +
                "; bridged by a straight line.",
        );
    }

    private notes(): readonly string[] {
        const hidden = this.gaps - this.gapNotes.length;
        return [
            ...(this.stepSeconds > coarseStepSeconds
                ? [
                      `There is one row in ${describeSeconds(this.stepSeconds)}: shorter peaks are not in the trace, and ` +
                          "what it recommends may not survive them.",
                  ]
                : []),
            ...this.clockNotes.slice(0, mostNotes),
            ...this.gapNotes,
            ...(hidden > 0 ? [`And ${hidden} more gaps, ${describeSeconds(this.gapSeconds)} altogether.`] : []),
        ];
    }
}
