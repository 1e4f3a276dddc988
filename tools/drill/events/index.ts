/** All events, in the order in which a drill goes through them. */
import { cutOver, cutOverGateway } from "./cutOver";
import { brokenImageRollout, configurationRollout, imageRollout, interruptedUpdate } from "./deploying";
import type { DrillEvent } from "./event";
import {
    apiServerRestart,
    ingressPodDeletion,
    ingressRollout,
    metricsOutage,
    nodeDrain,
    podDeletion,
    routeChange,
    workerKill,
} from "./faults";
import { changedBounds, scaleIn, scaleOut } from "./scaling";
import { soak } from "./soak";

export const allEvents: readonly DrillEvent[] = [
    scaleOut,
    scaleIn,
    changedBounds,
    configurationRollout,
    imageRollout,
    podDeletion,
    nodeDrain,
    ingressRollout,
    ingressPodDeletion,
    brokenImageRollout,
    metricsOutage,
    workerKill,
    apiServerRestart,
    interruptedUpdate,
    soak,
];

/**
 * Those that a drill has where they are named, and not by itself: what most stacks do once, and what others do to the controller,
 * of which the promise does not speak.
 */
export const namedEvents: readonly DrillEvent[] = [cutOver, cutOverGateway, routeChange];

/** What `make test` has time for: every way in which a pod ends or begins, and the one that baselines lose by. */
export const shortEvents: readonly DrillEvent[] = [configurationRollout, podDeletion];

/** Those that are the ingress controller's own matter. Every league has them. */
export const controllerEvents: readonly DrillEvent[] = [routeChange, ingressRollout, ingressPodDeletion];
