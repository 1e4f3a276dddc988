/** The settings that a reader compares, and their figures: the rows and columns of both tables. */
import { format } from "../../report";
import type { Figures } from "../plant/figures";
import { changesOf } from "../search/changes";
import type { Tried } from "../search/pareto";
import { describeCost, describeWait, settingName } from "./words";
import type { Tuning } from "./tuning";

export interface NamedRow extends Tried {
    readonly name: string;
}

/** Of the front, so many others are shown. */
const mostAlternatives = 5;

export function rowsOf({ search }: Tuning): readonly NamedRow[] {
    const { current, recommendation, front } = search;
    const { sturdier } = recommendation;
    const shown: readonly NamedRow[] = [
        { name: "today", ...current },
        ...(recommendation.kind === "keep" ? [] : [{ name: "recommended", ...recommendation }]),
        ...(sturdier === undefined ? [] : [{ name: "sturdier", ...sturdier }]),
    ];
    // What loses requests is no alternative, unless all do.
    const others = front.filter(
        (each) => each.figures.lost <= recommendation.figures.lost && !shown.some((row) => isAlike(row, each)),
    );
    const stride = Math.max(1, Math.ceil(others.length / mostAlternatives));
    return [...shown, ...others.filter((_, i) => i % stride === 0).map((each) => ({ name: "on the front", ...each }))];
}

/** The same but for maxReplicas, which the front has at its most. */
const isAlike = (a: Tried, b: Tried): boolean =>
    changesOf(a.setting, b.setting).every(({ key }) => key === "maxReplicas");

export interface FigureColumn {
    readonly title: string;
    readonly of: (row: Tried, tuning: Tuning) => string;
}

const minutes = (seconds: number): string => `${format.decimal(seconds / 60)} min`;

const figure =
    (of: (figures: Figures) => string): FigureColumn["of"] =>
    ({ figures }) =>
        of(figures);

export function columnsOf({ pricePerReplicaHour, search }: Tuning): readonly FigureColumn[] {
    const limit = describeWait(search.objective.waitLimitSeconds);
    return [
        { title: "min..max @ target", of: ({ setting }) => settingName(setting) },
        { title: "down after", of: ({ setting }) => `${setting.scaleDown.stabilizationWindowSeconds} s` },
        { title: "replica hours", of: figure(({ replicaHours }) => format.decimal(replicaHours)) },
        {
            title: pricePerReplicaHour === undefined ? "mean" : "cost",
            of: ({ figures }, tuning) => describeCost(figures, tuning),
        },
        { title: "CPU", of: figure((each) => format.percent(each.meanUtilizationPercent / 100)) },
        { title: "p99 wait", of: figure(({ waitSeconds }) => describeWait(waitSeconds.p99)) },
        { title: "worst hour", of: figure((each) => describeWait(each.worstHourP99Seconds)) },
        { title: `over ${limit}`, of: figure(({ waitedShare }) => format.percent(waitedShare)) },
        { title: "lost", of: figure(({ lost }) => format.count(lost)) },
        { title: "saturated", of: figure(({ saturatedSeconds }) => minutes(saturatedSeconds)) },
        { title: "peak", of: figure(({ peakReplicas }) => format.count(peakReplicas)) },
        { title: "rescales", of: figure(({ rescales }) => format.count(rescales)) },
    ];
}

/** What the columns mean, for below a table. */
export const legend =
    "Wait is what a request takes beyond its time on an idle pod. Lost: refused as the listen queue was full, or given up " +
    "by nginx. On the front: no setting has shorter waits for less; maxReplicas is out of its way. Saturated: time in which some pod got more than it can serve. CPU in percent of php-fpm's request.";
