import { isWorkload, podSpecOf, runsToCompletion } from "../cluster";
import { gather, knownFirst, matching } from "../known";
import { longestRequestOf, longestRequestSchema } from "../longestRequest";
import type { Field } from "../manifest";
import { describeContainer, mainContainers, nativeSidecars } from "../pod";
import { preStopOf } from "../preStop";
import { frontServersOf, isPhpFpmBesideFront } from "../roles";
import type { Rule } from "../rule";

const remedy =
    "Make php-fpm a native sidecar: move it to initContainers with restartPolicy: Always. It then starts before nginx " +
    "and is stopped after it.";

export const phpFpmOutlivesNginx: Rule = {
    name: "php-fpm-outlives-nginx",
    description:
        "php-fpm is stopped after nginx, or the server in its place, so that no request inside that meets a pool that " +
        "is gone.",
    enforcementLevel: "mandatory",
    scope: "object",
    configSchema: { properties: longestRequestSchema },
    appliesTo: (object) => isWorkload(object) && !runsToCompletion(object),
    *problems(workload, _cluster, config) {
        const podSpec = podSpecOf(workload);
        const fronts = gather(frontServersOf(podSpec));
        const [front] = fronts.known;
        if (front === undefined) {
            if (fronts.unknown !== undefined) throw fronts.unknown;
            return;
        }
        /** When the front server has answered all: it gets its stop signal after its own hook. */
        const drainedSeconds = (): number =>
            (preStopOf(front)?.sleepSeconds ?? 0) + (longestRequestOf(workload, config)?.seconds ?? 0);
        yield* knownFirst(
            [
                () => mainProblems(podSpec, front, drainedSeconds),
                () => orderProblems(podSpec, front),
                () => hookProblems(podSpec, front, drainedSeconds),
            ],
            (problems) => problems(),
        );
    },
};

/** A main container gets its signal as soon as its own hook has ended: it may outlive nginx by sleeping. */
function mainProblems(podSpec: Field, front: Field, drainedSeconds: () => number): Iterable<string> {
    const phpFpms = matching(mainContainers(podSpec), isPhpFpmBesideFront);
    return knownFirst(phpFpms, function* (phpFpm) {
        const sleepSeconds = preStopOf(phpFpm)?.sleepSeconds ?? 0;
        if (sleepSeconds > 0 && sleepSeconds >= drainedSeconds()) return;
        yield (
            `${describeContainer(phpFpm)} (php-fpm) is a main container beside ${describeContainer(front)}: both ` +
            `get their stop signal without an order between them, and requests still inside ` +
            `${describeContainer(front)} are lost. ${remedy}`
        );
    });
}

/** Sidecars are stopped in the reverse of their start order. */
function orderProblems(podSpec: Field, front: Field): Iterable<string> {
    const sidecars = [...nativeSidecars(podSpec)];
    const frontAt = sidecars.findIndex((sidecar) => sidecar.path === front.path);
    const later = frontAt === -1 ? [] : matching(sidecars.slice(frontAt + 1), isPhpFpmBesideFront);
    return knownFirst(later, (phpFpm) => [
        `${describeContainer(phpFpm)} (php-fpm) is a native sidecar after ${describeContainer(front)}, so it is ` +
            `stopped before it, and requests still inside ${describeContainer(front)} are lost. Put it first in ` +
            `initContainers.`,
    ]);
}

/** All hooks run at the beginning of a pod's end, sidecars' too; only the stop signals have an order. */
function hookProblems(podSpec: Field, front: Field, drainedSeconds: () => number): Iterable<string> {
    const phpFpms = matching(nativeSidecars(podSpec), isPhpFpmBesideFront);
    return knownFirst(phpFpms, function* (phpFpm) {
        const [action] = preStopOf(phpFpm)?.actions ?? [];
        if (action === undefined || action.atSeconds >= drainedSeconds()) return;
        yield (
            `preStop of ${describeContainer(phpFpm)} (php-fpm) does more than sleep (${JSON.stringify(action.source)} ` +
            `after ${action.atSeconds} s). Sidecars' hooks run at the very beginning of a pod's end, while ` +
            `${describeContainer(front)} may need php-fpm for ${drainedSeconds()} s. Remove the hook: the kubelet ` +
            `signals php-fpm after ${describeContainer(front)} has ended.`
        );
    });
}
