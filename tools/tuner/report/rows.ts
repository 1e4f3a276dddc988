/** The settings that a reader compares, and their figures: the rows and columns of both tables. */
import { format } from "../../html";
import type { Figures } from "../plant/figures";
import { differingKeys } from "../search/changes";
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
    const { cheapest } = recommendation;
    const shown: readonly NamedRow[] = [
        { name: "today", ...current },
        ...(recommendation.kind === "keep" ? [] : [{ name: "recommended", ...recommendation }]),
        ...(cheapest === undefined ? [] : [{ name: "cheapest", ...cheapest }]),
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
    differingKeys(a.setting, b.setting).every((key) => key === "maxReplicas");

export interface FigureColumn {
    readonly title: string;
    readonly of: (row: Tried, tuning: Tuning) => string;
}

const figure =
    (of: (figures: Figures) => string): FigureColumn["of"] =>
    ({ figures }) =>
        of(figures);

export function columnsOf({ pricePerReplicaHour, search }: Tuning): readonly FigureColumn[] {
    const limit = describeWait(search.objective.waitLimitSeconds);
    return [
        { title: "setting", of: ({ setting }) => settingName(setting) },
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
        { title: "peak", of: figure(({ peakReplicas }) => format.count(peakReplicas)) },
    ];
}

/** What the columns mean, for below a table. */
export const legend =
    "Wait is what a request takes beyond its time on an idle pod. Lost: refused as the listen queue was full, or given up " +
    "by nginx. Cheapest: meets the objective on this trace alone. On the front: no setting has shorter waits for less; " +
    "maxReplicas is out of its way. CPU in percent of php-fpm's request.";

/** What another limit of the objective's wait would cost, the strictest first. */
export function limitRowsOf(tuning: Tuning): readonly (readonly string[])[] {
    const { limits, recommendation, objective } = tuning.search;
    const own = {
        limitSeconds: objective.waitLimitSeconds,
        tried: recommendation.cheapest ?? { ...recommendation, figures: recommendation.onPart },
    };
    const isMet = recommendation.kind !== "unreachable";
    const all = [
        ...limits.filter(({ limitSeconds }) => limitSeconds !== own.limitSeconds),
        ...(isMet ? [own] : []),
    ].sort((a, b) => a.limitSeconds - b.limitSeconds);
    return all.map(({ limitSeconds, tried }) => [
        describeWait(limitSeconds) + (limitSeconds === own.limitSeconds ? " (this one)" : ""),
        ...(tried === undefined
            ? ["none", "", ""]
            : [settingName(tried.setting), describeCost(tried.figures, tuning), describeShare(tried, own.tried)]),
    ]);
}

export const limitColumns = ["wait under", "cheapest setting", "costs", "beside this one"] as const;

const describeShare = (tried: Tried, own: Tried): string =>
    format.percent(tried.figures.replicaHours / own.figures.replicaHours);
