/** Puts together what a drill has seen. */
import type { Account } from "../account";
import type { Change, EventTime } from "../events/event";
import {
    formatVersion,
    type ControllerFigures,
    type EventResult,
    type LoadDescription,
    type LostRequest,
    type Machine,
    type Report,
    type VariantResult,
} from "../model";
import type { WorkloadRecord } from "../observe/workloadRecord";
import type { Variant } from "../variants/variant";
import { incompleteLog, notHappened, sentLate, tooFew, tooSoft } from "./doubts";
import { mechanismOf } from "./mechanism";
import { replicaSecondsBetween, routingFigures, startupFigures } from "./pods";

export interface Seen {
    /** Epoch milliseconds. */
    readonly startedAt: number;
    readonly seconds: number;
    readonly command: string;
    readonly machine: Machine;
    readonly load: LoadDescription;
    /** Of the ingress controller; undefined where the nodes do not tell. */
    readonly controllerCpuSeconds: number | undefined;
    readonly variants: readonly Variant[];
    readonly recordOf: (variant: Variant) => WorkloadRecord;
    readonly accountOf: (variant: Variant) => Account;
    readonly events: readonly EventTime[];
}

export function assemble(seen: Seen): Report {
    const variants = seen.variants.map((variant) => resultOf(variant, seen));
    const accounts = seen.variants.map((variant) => seen.accountOf(variant));
    const sum = (of: (account: Account) => number) => accounts.map(of).reduce((a, b) => a + b, 0);
    return {
        formatVersion,
        startedAt: new Date(seen.startedAt).toISOString(),
        seconds: seen.seconds,
        command: seen.command,
        machine: seen.machine,
        load: seen.load,
        controller: controllerFigures(
            seen.controllerCpuSeconds,
            sum(({ requests }) => requests),
        ),
        variants,
        doubts: [
            ...tooSoft(variants),
            ...variants.filter(({ name }) => name === "ours").flatMap(tooFew),
            ...sentLate(
                sum(({ requests }) => requests),
                sum(({ late }) => late),
            ),
            ...notHappened(seen.events, variants),
            ...seen.variants.flatMap((variant) => {
                const account = seen.accountOf(variant);
                return incompleteLog(variant.title, account.answered, account.logged);
            }),
        ],
    };
}

/** @param requests of all variants */
export function controllerFigures(cpuSeconds: number | undefined, requests: number): ControllerFigures {
    return {
        cpuSeconds,
        cpuSecondsPerThousandRequests:
            cpuSeconds === undefined || requests === 0 ? undefined : (cpuSeconds / requests) * 1000,
    };
}

function resultOf(variant: Variant, seen: Seen): VariantResult {
    const record = seen.recordOf(variant);
    const account = seen.accountOf(variant);
    const pods = record.pods(account.served);
    const events = seen.events.map((time): EventResult => ({
        name: time.event.name,
        title: time.event.title,
        mayLose: time.event.mayLose.text,
        mayLoseAtMost: time.event.mayLose.atMost,
        fromSeconds: time.fromSeconds,
        untilSeconds: time.untilSeconds,
        happened: inWords(time.changes.get(variant.name)),
        ...account.between(time.fromSeconds, time.untilSeconds),
        replicaSeconds: replicaSecondsBetween(pods, time.fromSeconds, time.untilSeconds),
        ...(time.event.name === "scale-out" ? capacity(record, time) : {}),
    }));
    return {
        name: variant.name,
        title: variant.title,
        description: variant.description,
        events,
        totals: {
            ...account.between(-Infinity, Infinity),
            replicaSeconds: replicaSecondsBetween(pods, 0, seen.seconds),
        },
        lostRequests: account.lost.map((result): LostRequest => {
            const sentAtSeconds = (result.sentAtMilliseconds - seen.startedAt) / 1000;
            const endedAtSeconds =
                (result.shouldHaveBeenSentAtMilliseconds + result.tookMilliseconds - seen.startedAt) / 1000;
            const names = seen.events
                .filter((time) => endedAtSeconds >= time.fromSeconds && endedAtSeconds < time.untilSeconds)
                .map(({ event }) => event.name);
            const asked = account.addressesOf(result.id).map((address) => record.podAt(address.replace(/:\d+$/, "")));
            const podNames = asked.filter((name) => name !== undefined);
            return {
                id: result.id,
                sentAtSeconds,
                tookSeconds: result.tookMilliseconds / 1000,
                isLong: result.isLong,
                pace: result.pace,
                events: names.length === 0 ? ["steady"] : names,
                error: result.error ?? "lost",
                pods: podNames,
                mechanism: mechanismOf(
                    pods.find(({ name }) => name === podNames.at(-1)),
                    sentAtSeconds,
                    endedAtSeconds,
                ),
            };
        }),
        pods,
        replicas: record.replicas,
        seconds: account.seconds(),
        startup: startupFigures(pods, record.replicas, seen.events),
        routing: routingFigures(pods),
    };
}

function inWords(change: Change | undefined): string {
    if (change === undefined) return "";
    const { startedPods, endedPods, leastReplicas, mostReplicas } = change;
    const replicas =
        leastReplicas === mostReplicas ? `${mostReplicas} replicas` : `${leastReplicas} to ${mostReplicas} replicas`;
    return `${startedPods} pods started, ${endedPods} ended, ${replicas}`;
}

/** Until as many pods as the event ended with were ready. */
function capacity(
    record: WorkloadRecord,
    { fromSeconds, untilSeconds }: EventTime,
): { readonly capacityAfterSeconds?: number } {
    const within = record.replicas.filter(({ atSeconds }) => atSeconds >= fromSeconds && atSeconds <= untilSeconds);
    const most = Math.max(...within.map(({ ready }) => ready));
    const first = within.find(({ ready }) => ready === most);
    return first === undefined ? {} : { capacityAfterSeconds: first.atSeconds - fromSeconds };
}
