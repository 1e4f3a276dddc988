import { isWorkload, podSpecOf } from "../cluster";
import { first, matching } from "../known";
import { describeContainer, isNginx, isPhpFpm, mainContainers, nativeSidecars, runningContainers } from "../pod";
import type { Rule } from "../rule";

const remedy =
    "Make php-fpm a native sidecar: move it to initContainers with restartPolicy: Always. It then starts before nginx " +
    "and is stopped after it.";

export const phpFpmOutlivesNginx: Rule = {
    name: "php-fpm-outlives-nginx",
    description: "php-fpm is stopped after nginx, so that no request inside nginx meets a pool that is gone.",
    enforcementLevel: "mandatory",
    scope: "object",
    appliesTo: isWorkload,
    *problems(workload) {
        const podSpec = podSpecOf(workload);
        const nginx = first(matching(runningContainers(podSpec), isNginx));
        if (nginx === undefined) return;
        for (const phpFpm of matching(mainContainers(podSpec), isPhpFpm)) {
            yield (
                `${describeContainer(phpFpm)} (php-fpm) is a main container beside ${describeContainer(nginx)}: both ` +
                `get their stop signal without an order between them, and requests still inside nginx are lost. ${remedy}`
            );
        }
        const sidecars = [...nativeSidecars(podSpec)];
        const nginxAt = sidecars.findIndex(isNginx);
        // Sidecars are stopped in the reverse of their start order.
        for (const phpFpm of nginxAt === -1 ? [] : matching(sidecars.slice(nginxAt + 1), isPhpFpm)) {
            yield (
                `${describeContainer(phpFpm)} (php-fpm) is a native sidecar after ${describeContainer(nginx)}, so it is ` +
                `stopped before it, and requests still inside nginx are lost. Put it first in initContainers.`
            );
        }
    },
};
