/** All events at once, or nearly: the next one begins while the last one's pods are still draining. */
import { configurationRollout, imageRollout } from "./deploying";
import { unlessAllReplaced, type DrillEvent, type Scene } from "./event";
import { apiServerRestart, ingressPodDeletion, ingressRollout, nodeDrain, podDeletion, workerKill } from "./faults";
import { scaleIn, scaleOut } from "./scaling";

/**
 * Rounds that overlap: each is begun together with the one beside it. The worker is killed where no pod ends at the same time,
 * since it is killed by a program inside its pod. One event of each round at most runs `pulumi up`.
 */
const rounds: readonly (readonly DrillEvent[])[] = [
    [scaleOut, configurationRollout],
    [podDeletion, apiServerRestart],
    [imageRollout, podDeletion],
    [workerKill, ingressPodDeletion],
    [nodeDrain, podDeletion],
    [scaleIn, ingressRollout],
    [configurationRollout, podDeletion],
];

export const soak: DrillEvent = {
    name: "soak",
    title: "All of it at once",
    mayLose: { text: "the request inside the killed worker", atMost: workerKill.mayLose.atMost },
    run: async (scene: Scene) => {
        for (const round of rounds) {
            await Promise.all(
                round.filter((event) => event.whyNot?.(scene) === undefined).map((event) => event.run(scene)),
            );
        }
    },
    doubt: unlessAllReplaced,
};
