/** The result as one page that needs nothing else. */
import {
    figure,
    format,
    markup,
    page,
    scatter,
    table,
    tiles,
    timeChart,
    verdict,
    type Cell,
    type Markup,
    type Point,
    type Series,
    type SeriesPanel,
} from "../../html";
import type { Course } from "../plant/simulation";
import { waitOf } from "../search/objective";
import type { Tried } from "../search/pareto";
import { tickSeconds } from "../traffic/traffic";
import { columnsOf, legend, limitColumns, limitRowsOf, rowsOf } from "./rows";
import type { Tuning } from "./tuning";
import {
    busyWorkersAdvice,
    describeCost,
    describeWait,
    foundations,
    headline,
    reasons,
    scheduleAdvice,
    sensitivities,
    settingName,
    sizingAdvice,
} from "./words";

/** Points of a line: more than the chart has pixels shows nothing more. */
const mostPoints = 1000;

export function htmlReport(tuning: Tuning): string {
    const { stack, search } = tuning;
    return page({
        kind: "Tuner",
        title: `What should stack ${stack} scale between?`,
        subtitle: `${tuning.traceName}; objective: ${search.objective.text}, no request lost, at the least cost`,
        sections: [
            { id: "verdict", content: opening(tuning) },
            {
                id: "objectives",
                title: "What other objectives would cost",
                content: table({
                    caption: "Limits of the objective's wait, and the cheapest setting for each on the trace as it is",
                    columns: limitColumns.map((title, i) => (i === 0 ? { title } : { title, align: "right" as const })),
                    rows: limitRowsOf(tuning),
                }),
            },
            {
                id: "time",
                title: "Over time",
                lead: "The trace, and what the autoscaler and the pods make of it. Each point is the worst of its time.",
                content: overTime(tuning),
            },
            {
                id: "front",
                title: "Cost against waiting",
                lead: "Every setting that was tried. Nothing waits less for less than those on the staircase.",
                content: costAgainstWaiting(tuning),
            },
            { id: "settings", title: "Settings", lead: legend, content: settingsTable(tuning) },
            {
                id: "sensitivity",
                title: "Does it still hold?",
                content: list(sensitivities(tuning)),
            },
            ...schedule(tuning),
            ...sizing(tuning),
            {
                id: "foundations",
                title: "What it rests on",
                lead: "A model, not a measurement: tools/tuner/README.md says what is modelled and what is not.",
                content: list(foundations(tuning)),
            },
        ],
    });
}

const list = (sentences: readonly string[]): Markup =>
    markup`<ul>${sentences.map((sentence) => markup`<li>${sentence}</li>`)}</ul>`;

function opening(tuning: Tuning): Markup {
    const { recommendation, current } = tuning.search;
    const { figures } = recommendation;
    const isMet = recommendation.kind !== "unreachable";
    return markup`${verdict({ tone: isMet ? "good" : "bad", sentence: headline(tuning) })}
${tiles([
    {
        title: "p99 wait",
        figure: describeWait(figures.waitSeconds.p99),
        note: `today ${describeWait(current.figures.waitSeconds.p99)}`,
        tone: isMet ? "good" : "bad",
    },
    {
        title: "p99 wait of the worst hour",
        figure: describeWait(figures.worstHourP99Seconds),
        note: `today ${describeWait(current.figures.worstHourP99Seconds)}`,
    },
    {
        title: "Lost requests",
        figure: format.count(figures.lost),
        unit: `of ${format.count(figures.requests)}`,
        note: `today ${format.count(current.figures.lost)}`,
        tone: figures.lost > 0 ? "bad" : "good",
    },
    {
        title: "Replica hours",
        figure: format.decimal(figures.replicaHours),
        unit: describeCost(figures, tuning),
        note: `today ${format.decimal(current.figures.replicaHours)}, ${describeCost(current.figures, tuning)}`,
    },
])}
${list(reasons(tuning))}${busyWorkers(tuning)}`;
}

function busyWorkers(tuning: Tuning): Markup {
    const advice = busyWorkersAdvice(tuning);
    if (advice === undefined) return markup``;
    return markup`<p>${advice.sentence}</p><pre>${advice.lines.join("\n")}</pre><p>${advice.needs}</p>`;
}

function schedule(tuning: Tuning) {
    const advice = scheduleAdvice(tuning);
    if (advice === undefined) return [];
    const { sentence, columns, rows, lines } = advice;
    const figures = table({
        caption: "Settings on the part of the trace that none of them knows",
        columns: columns.map((title, i) => (i === 0 ? { title } : { title, align: "right" as const })),
        rows,
    });
    const block = lines.length === 0 ? markup`` : markup`<pre>${lines.join("\n")}</pre>`;
    return [{ id: "schedule", title: "Replicas by the clock", content: markup`<p>${sentence}</p>${block}${figures}` }];
}

function sizing(tuning: Tuning) {
    const advice = sizingAdvice(tuning);
    if (advice === undefined) return [];
    const { sentences, lines } = advice;
    const block = lines.length === 0 ? markup`` : markup`<pre>${lines.join("\n")}</pre>`;
    return [{ id: "sizing", title: "What a pod should ask for", content: markup`${list(sentences)}${block}` }];
}

function overTime(tuning: Tuning): Markup {
    const { traffic, courses, search } = tuning;
    const midnightSeconds = Math.floor(traffic.startSeconds / 86_400) * 86_400;
    const fromSeconds = traffic.startSeconds - midnightSeconds;
    const ticks = traffic.requestsPerSecond.length;
    const points = (values: ArrayLike<number>, factor = 1) => worstOf(values, fromSeconds, factor);
    const isSame = search.recommendation.kind === "keep";
    const both = (of: (course: Course) => Float32Array, kind: "line" | "step", factor = 1): readonly Series[] => [
        ...(isSame
            ? []
            : [
                  {
                      kind,
                      name: "recommended",
                      colour: "series1" as const,
                      points: points(of(courses.recommended), factor),
                  },
              ]),
        {
            kind,
            name: "today",
            colour: "series2" as const,
            points: points(of(courses.current), factor),
            isDashed: true,
        },
    ];
    const panels: readonly SeriesPanel[] = [
        {
            kind: "series",
            title: "Traffic, requests/s",
            series: [{ kind: "area", name: "traffic", colour: "series3", points: points(traffic.requestsPerSecond) }],
            format: format.decimal,
        },
        {
            kind: "series",
            title: "Replicas",
            series: both((course) => course.replicas, "step"),
            format: format.decimal,
        },
        {
            kind: "series",
            title: "php-fpm's CPU, % of its request",
            series: both((course) => course.utilizationPercent, "line"),
            format: format.decimal,
        },
        {
            kind: "series",
            title: "p99 wait, ms",
            series: both((course) => course.p99WaitSeconds, "line", 1000),
            yScale: "log",
            format: format.milliseconds,
        },
        {
            kind: "series",
            title: "Lost requests in 15 s",
            series: both((course) => course.lost, "line"),
            format: format.decimal,
            heightPixels: 60,
        },
    ];
    return figure(
        "Traffic, replicas, CPU, waits and losses",
        timeChart({
            title: "Traffic, replicas, CPU use, p99 wait and lost requests over the trace, today and recommended",
            fromSeconds,
            untilSeconds: fromSeconds + ticks * tickSeconds,
            midnightSeconds,
            panels,
        }),
    );
}

/** The highest value of each stretch, so that no peak is lost on the way to the page. */
function worstOf(values: ArrayLike<number>, fromSeconds: number, factor: number): readonly Point[] {
    const stride = Math.max(1, Math.ceil(values.length / mostPoints));
    const points: Point[] = [];
    for (let first = 0; first < values.length; first += stride) {
        let worst = 0;
        for (let i = first; i < Math.min(values.length, first + stride); i++) worst = Math.max(worst, values[i] ?? 0);
        points.push({ atSeconds: fromSeconds + first * tickSeconds, value: worst * factor });
    }
    return points;
}

function costAgainstWaiting(tuning: Tuning): Markup {
    const { search } = tuning;
    const { current, recommendation } = search;
    const point = (tried: Tried, label?: string) => ({
        x: tried.figures.replicaHours,
        y: Math.max(1, waitOf(search.objective, { ...tried.figures, lost: 0 }) * 1000),
        details:
            `${settingName(tried.setting)}, down after ${tried.setting.scaleDown.stabilizationWindowSeconds} s\n` +
            `${format.decimal(tried.figures.replicaHours)} replica hours, ` +
            `p99 wait ${describeWait(tried.figures.waitSeconds.p99)}, lost ${format.count(tried.figures.lost)}`,
        ...(label === undefined ? {} : { label }),
    });
    const isOnFront = new Set(search.front);
    const rest = search.tried.filter((each) => !isOnFront.has(each));
    return figure(
        "Each mark is one setting",
        scatter({
            title: "Replica hours against waits of every setting that was tried",
            x: { title: "Replica hours over the trace", scale: "log", format: format.decimal },
            y: { title: `The objective's wait, ms (at least 1)`, scale: "log", format: format.decimal },
            groups: [
                {
                    name: "tried",
                    colour: "faint",
                    shape: "circle",
                    points: rest.filter(({ figures }) => figures.lost === 0).map((each) => point(each)),
                },
                {
                    name: "tried, loses requests",
                    colour: "bad",
                    shape: "cross",
                    points: search.tried.filter(({ figures }) => figures.lost > 0).map((each) => point(each)),
                },
                {
                    name: "front",
                    colour: "series3",
                    shape: "circle",
                    isFront: true,
                    points: search.front.filter(({ figures }) => figures.lost === 0).map((each) => point(each)),
                },
                { name: "today", colour: "series2", shape: "square", points: [point(current, "today")] },
                ...(recommendation.kind === "keep"
                    ? []
                    : [
                          {
                              name: "recommended",
                              colour: "series1" as const,
                              shape: "diamond" as const,
                              points: [point(recommendation, "recommended")],
                          },
                      ]),
            ],
        }),
    );
}

function settingsTable(tuning: Tuning): Markup {
    const columns = columnsOf(tuning);
    return table({
        caption: "Settings and what they do on this trace",
        columns: [{ title: "" }, ...columns.map(({ title }) => ({ title, align: "right" as const }))],
        rows: rowsOf(tuning).map((row) => [
            row.name,
            ...columns.map((column): Cell => {
                const content = column.of(row, tuning);
                return column.title === "lost" && row.figures.lost > 0 ? { content, tone: "bad" } : { content };
            }),
        ]),
    });
}
