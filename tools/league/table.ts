/** The league's figures side by side: as a table for documents, and as a page. */
import { parseImageReference } from "../../components/units/imageReference";
import { controllerOfKind } from "../drill/cluster/controllers";
import { controllerEvents } from "../drill/events";
import type { Counts, Latency, Report, Spread, VariantResult } from "../drill/model";
import { cell, code, table as markdownTable } from "../drill/report/markdown";
import { dateOf } from "../drill/report/method";
import { eventRows, lessThanFull, loadInWords, lostWithoutEvent, reference, verdictOf } from "../drill/report/summary";
import { format, markup, page, table, verdict, type Cell, type Verdict } from "../html";
import { controllers, type ControllerName } from "../lab/controller";
import type { Entry } from "./league";

const { absent, count, milliseconds, seconds } = format;

/** Beside ours. Without any lifecycle settings requests are lost behind whatever controller. */
const comparedVariant = "write-up";

const columns = [
    "Controller",
    "Version",
    "Service",
    "Requests",
    "Lost",
    "Lost of the long ones",
    "Lost of slow clients",
    "Hidden retries",
    "p99",
    "Scheduled to first served",
] as const;
/** From here on flush right. */
const firstFigure = 3;

const retriesNote =
    "Hidden retries are answers that only a second pod gave; Traefik's log does not tell of them. " +
    "p50 to the slowest are of requests that are neither long nor of slow clients, with these beside them.";

const followingNote =
    "From ready and from terminating: the median over pods and the longest, by when requests were sent and when the API " +
    "server told of the pod. CPU is what the controller's containers used, its own rollouts included, for requests of all " +
    "variants and of whatever kind.";

interface Drilled extends Entry {
    readonly report: Report;
}

const drilledOf = (entries: readonly Entry[]) =>
    entries.filter((entry): entry is Drilled => entry.report !== undefined);

/** "v3.7.15"; undefined where the report names no image of the controller. */
export function versionOf({ controller, report }: Drilled): string | undefined {
    return report.machine.software
        .map(parseImageReference)
        .find((image) => image?.repository.split("/").at(-1) === controllers[controller].kind)?.tag;
}

/** Ours, and the usual recipe where it was drilled. */
function variantsOf(report: Report): readonly VariantResult[] {
    const own = reference(report);
    return report.variants
        .filter((variant) => variant === own || variant.name === comparedVariant)
        .sort((a, b) => Number(b === own) - Number(a === own));
}

/** In the order of the columns. */
function cells(entry: Drilled, { title, totals, startup }: VariantResult): readonly string[] {
    const { controller } = entry;
    return [
        controller,
        versionOf(entry) ?? absent,
        title,
        count(totals.requests),
        count(totals.lost),
        `${count(totals.longLost)} of ${count(totals.longRequests)}`,
        `${count(totals.slowClientLost)} of ${count(totals.slowClientRequests)}`,
        retried(controller, totals),
        latency(totals, "p99"),
        seconds(startup.scheduledToFirstServedSeconds),
    ];
}

interface Row {
    readonly cells: readonly string[];
    /** Undefined where there are no figures. */
    readonly isOwn: boolean | undefined;
    readonly lost: number;
}

function rowsOf(entries: readonly Entry[]): readonly Row[] {
    return entries.flatMap((entry): readonly Row[] => {
        const { controller, report, failure } = entry;
        if (report === undefined) {
            const said = [controller, absent, failure ?? absent, ...columns.slice(firstFigure).map(() => absent)];
            return [{ cells: said, isOwn: undefined, lost: 0 }];
        }
        const own = reference(report);
        return variantsOf(report).map((variant) => ({
            cells: cells({ ...entry, report }, variant),
            isOwn: variant === own,
            lost: variant.totals.lost,
        }));
    });
}

const retried = (controller: ControllerName, totals: Counts) =>
    controllerOfKind(controllers[controller].kind).tellsRetries ? count(totals.retried) : absent;

const latency = ({ requests, lost, latencyMs }: Counts, which: keyof Latency) =>
    requests > lost ? milliseconds(latencyMs[which]) : absent;

const spread = (of: Spread | undefined) =>
    of === undefined ? absent : `${seconds(of.medianSeconds)}, at most ${seconds(of.mostSeconds)}`;

const lostIn = (counts: Pick<Counts, "lost" | "requests"> | undefined) =>
    counts === undefined ? absent : `${count(counts.lost)} of ${count(counts.requests)}`;

interface OwnFigure {
    readonly title: string;
    readonly of: (own: VariantResult, drilled: Drilled) => string;
}

const ownFigures: readonly OwnFigure[] = [
    { title: "Lost", of: ({ totals }) => lostIn(totals) },
    { title: "Hidden retries", of: ({ totals }, { controller }) => retried(controller, totals) },
    { title: "p50", of: ({ totals }) => latency(totals, "p50") },
    { title: "p99", of: ({ totals }) => latency(totals, "p99") },
    { title: "p99.9", of: ({ totals }) => latency(totals, "p999") },
    { title: "Slowest short one", of: ({ totals }) => latency(totals, "max") },
    { title: "Pod ready to its first request", of: ({ routing }) => spread(routing.readyToFirstRequest) },
    { title: "Pod terminating to its last request", of: ({ routing }) => spread(routing.terminatingToLastRequest) },
    {
        title: "Controller's CPU for 1,000 requests",
        of: (_, { report }) => seconds(report.controller.cpuSecondsPerThousandRequests),
    },
    ...controllerEvents.map(({ name, title }) => ({
        title: `Lost: ${title}`,
        of: ({ events }: VariantResult) => lostIn(events.find((event) => event.name === name)),
    })),
];

/** Our service behind each. */
function ownTableOf(drilled: readonly Drilled[]) {
    return {
        columns: ["Our service behind", ...drilled.map(({ controller }) => controller)],
        rows: ownFigures.map(({ title, of }) => [
            title,
            ...drilled.map((entry) => {
                const own = reference(entry.report);
                return own === undefined ? absent : of(own, entry);
            }),
        ]),
    };
}

/** What our service lost behind each, event by event. */
function eventTableOf(drilled: readonly Drilled[]) {
    const [first] = drilled;
    if (first === undefined) return undefined;
    const own = drilled.flatMap(({ report }) => reference(report) ?? []);
    const rows = eventRows({ ...first.report, variants: own }).map(({ title, mayLose, results }) => [
        title,
        ...results.map(lostIn),
        mayLose,
    ]);
    return {
        columns: ["Lost during", ...drilled.map(({ controller }) => controller), "May lose"],
        rows: [...rows, ["no event", ...own.map((variant) => count(lostWithoutEvent(variant))), "0"]],
    };
}

/** What is to be known of a controller beside its figures: each in a sentence. */
function remarksOf(entries: readonly Entry[]): readonly string[] {
    return entries.flatMap(({ controller, report, failure }) => [
        ...(failure === undefined ? [] : [`${controller}: ${failure}.`]),
        ...(report === undefined || verdictOf(report).tone !== "bad"
            ? []
            : [`${controller}: more was lost than may be. ${verdictOf(report).sentence}`]),
        ...(report?.doubts ?? []).map((doubt) => `${controller}, in doubt: ${doubt}`),
    ]);
}

/** Of one league all drills are the same but for the controller; where they are not, each is told. */
function conditionsOf(drilled: readonly Drilled[]): readonly string[] {
    const facts = drilled.map(({ controller, report }) => {
        const { machine, startedAt, seconds: took } = report;
        const ownImage = versionOf({ controller, report, failure: undefined });
        const others = machine.software.filter(
            (name) => !(ownImage !== undefined && name.endsWith(`/${controllers[controller].kind}:${ownImage}`)),
        );
        return {
            controller,
            when: `${dateOf(startedAt)}, ${format.clock(took)}`,
            how: [
                `Kubernetes ${machine.kubernetesVersion} on ${format.plural(machine.nodes, "node")}, ${format.plural(machine.cores, "core")}`,
                loadInWords(report),
                ...others,
            ].join(", "),
            less: lessThanFull(report),
        };
    });
    const same = new Set(facts.map(({ how }) => how));
    const [first] = same;
    return [
        ...(same.size === 1 && first !== undefined
            ? [`${first}.`]
            : facts.map(({ controller, how }) => `${controller}: ${how}.`)),
        ...new Set(facts.flatMap(({ less }) => less ?? [])),
        `${facts.map(({ controller, when }) => `${controller} ${when}`).join("; ")}.`,
    ];
}

export function isKeptByAll(entries: readonly Entry[]): boolean {
    return entries.length > 0 && leagueVerdict(entries).tone === "good";
}

/** In one sentence, for a page. */
function leagueVerdict(entries: readonly Entry[]): Verdict {
    const drilled = drilledOf(entries);
    const told = drilled.map(({ controller, report }) => {
        const totals = reference(report)?.totals;
        return `${count(totals?.lost)} of ${count(totals?.requests)} behind ${controller}`;
    });
    const failed = entries.filter(({ report }) => report === undefined).map(({ controller }) => controller);
    const sentence =
        (told.length === 0 ? "Nothing was measured" : `Our service lost ${told.join(", ")}`) +
        (failed.length === 0 ? "." : `; no figures of ${failed.join(", ")}.`);
    const tones = drilled.map(({ report }) => verdictOf(report).tone);
    if (tones.includes("bad")) return { tone: "bad", sentence };
    return failed.length > 0 || tones.includes("doubtful") || drilled.length === 0
        ? { tone: "doubtful", sentence: `In doubt: ${sentence}` }
        : { tone: "good", sentence };
}

export function markdown(entries: readonly Entry[], command: string): string {
    const drilled = drilledOf(entries);
    const rows = rowsOf(entries).map((row) => row.cells);
    const events = eventTableOf(drilled);
    const own = ownTableOf(drilled);
    const lines = [...remarksOf(entries), retriesNote, followingNote, ...conditionsOf(drilled)];
    return [
        markdownTable(columns, rows),
        ...(events === undefined
            ? []
            : [markdownTable(own.columns, own.rows), markdownTable(events.columns, events.rows)]),
        ...lines.map((line) => `${cell(line)}\n`),
        `(${code(command)}.)\n`,
    ].join("\n");
}

/** One file that needs nothing else. */
export function html(entries: readonly Entry[], command: string): string {
    const drilled = drilledOf(entries);
    const events = eventTableOf(drilled);
    const remarks = remarksOf(entries);
    const own = ownTableOf(drilled);
    const right = "right" as const;
    return page({
        kind: "League",
        title: "Behind which controller is no request lost?",
        subtitle: `${format.plural(entries.length, "controller")} in turn, through the same events under the same load`,
        sections: [
            {
                id: "verdict",
                content: markup`${verdict(leagueVerdict(entries))}${remarks.map((remark) => markup`<p>${remark}</p>`)}${table(
                    {
                        caption: retriesNote,
                        columns: columns.map((title, i) => (i < firstFigure ? { title } : { title, align: right })),
                        rows: rowsOf(entries).map((row) => row.cells.map((content, i) => drawn(content, i, row))),
                    },
                )}`,
            },
            ...(events === undefined
                ? []
                : [
                      {
                          id: "own",
                          title: "Controller by controller",
                          content: table({
                              caption: followingNote,
                              columns: own.columns.map((title, i) => (i === 0 ? { title } : { title, align: right })),
                              rows: own.rows,
                          }),
                      },
                      {
                          id: "events",
                          title: "Event by event",
                          lead: "What our service lost, of the requests that were under way during the event.",
                          content: table({
                              caption: "Lost requests by event and controller",
                              columns: events.columns.map((title, i) =>
                                  i === 0 ? { title } : { title, align: right },
                              ),
                              rows: events.rows,
                          }),
                      },
                  ]),
            {
                id: "method",
                title: "How it was measured",
                content: markup`<p><code>${command}</code></p>${conditionsOf(drilled).map((line) => markup`<p>${line}</p>`)}`,
            },
        ],
    });
}

function drawn(content: string, index: number, { isOwn, lost }: Row): Cell {
    if (isOwn === undefined) return { content, tone: index === 0 ? "bad" : "muted" };
    if (columns[index] !== "Lost") return { content };
    return { content, tone: lost === 0 ? "good" : isOwn ? "bad" : "fair" };
}
